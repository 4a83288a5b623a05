import { createRequire } from 'node:module';
import type * as OnnxRuntime from 'onnxruntime-node';
import { disableTelemetry } from './telemetry.ts';

/** The only doorway to onnxruntime-node. */
export type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
export type Ort = typeof OnnxRuntime;

let loading: Promise<Ort> | undefined;

/**
 * Loads the native library on first use: the process that serves HTTP and only talks to lanes never pays for it.
 * ONNX Runtime's warnings (node placement, unused initializers) are for its developers; its errors reach us as
 * exceptions and stay in the log.
 */
export function loadOrt(): Promise<Ort> {
  disableTelemetry();
  loading ??= import('onnxruntime-node').then((ort) => {
    ort.env.logLevel = 'error';
    return ort;
  });
  return loading;
}

/** Version of the package that {@link loadOrt} loads, without loading it. */
export function installedVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  return version;
}

/** Version of ONNX Runtime's binding to Node, for instance `1.30.0`. */
export async function runtimeVersion(): Promise<string> {
  return (await loadOrt()).env.versions.node ?? 'unknown';
}
