import type { Manifest } from '../core/manifest.ts';
import type { OpenPackage } from './open-package.ts';

/**
 * Where a version of a model is in its life: being opened and warmed up; serving; finishing the requests that hold it;
 * closed; or closed because it could not be opened.
 */
export const modelStates = ['loading', 'ready', 'draining', 'unloaded', 'failed'] as const;

export type ModelState = (typeof modelStates)[number];

/** One version of a model, as /models lists it. */
export interface ModelEntry {
  readonly name: string;
  readonly version: string;
  state: ModelState;
  /** Why it failed; beside the state ready, why it could not be loaded anew. */
  reason?: string | undefined;
  manifest?: Manifest;
  /** From reading the manifest to the end of the warm-up, the last time. */
  loadSeconds?: number;
  /** From taking no more requests to being closed, the last time. */
  drainSeconds?: number;
  /** Set while the version takes requests. */
  ready?: OpenPackage | undefined;
  /** True when somebody asked for this very version: a newer one does not take its place. */
  kept: boolean;
}

/** How often something became of a model's versions since the service started. */
export interface ModelChange {
  readonly model: string;
  readonly change: 'loaded' | 'failed' | 'unloaded';
  readonly count: number;
}
