import type { Graph } from '../ir.ts';

/** A graph after a pass; the very same graph when nothing was to be done. */
export interface PassResult {
  readonly graph: Graph;
  readonly modified: boolean;
}

/** Turns a legal graph into a legal graph with the same inputs, output names and results. */
export type Pass = (graph: Graph) => PassResult;
