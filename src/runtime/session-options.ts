import type { InferenceSession } from './onnxruntime.ts';
import { type ActiveProvider, executionProviders, type Provider } from './providers.ts';
import { availableThreads } from './threads.ts';

export interface SessionOptions {
  /** Default `auto`. */
  readonly provider?: Provider;
  /** Number of the CUDA device. Default 0. */
  readonly deviceId?: number;
  /** Threads of one operator. Default: all that the process may use on the CPU, one elsewhere (it only launches). */
  readonly threads?: number;
  /** Graph optimisation by ONNX Runtime. Default `all`, on WebGPU `basic`: see below. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Whether idle threads wait busily for the next operator: faster runs, but a warm processor. Default true. */
  readonly spinning?: boolean;
  /** Leaves it to the errors that are thrown to tell of failures, which ONNX Runtime else prints as well. Default false. */
  readonly quiet?: boolean;
  /** Path that the name of a profile begins with: the time of every operator of every run. Default: none is made. */
  readonly profile?: string;
}

/** The same in ONNX Runtime's words. */
export function nativeOptions(
  provider: ActiveProvider,
  options: SessionOptions,
): InferenceSession.SessionOptions {
  const ownThreads = provider === 'cpu' ? availableThreads() : 1;
  return {
    executionProviders: executionProviders(provider, options.deviceId ?? 0),
    intraOpNumThreads: options.threads ?? ownThreads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // ONNX Runtime 1.30 on WebGPU: from `extended` on, pictures of an exported generator are wrong by up to 31 of 255 (with
    // bytes at both ends and instance norm; the same network on floats is right). With `basic` they are those of the CPU.
    // At each opening anew, not once into a file that is then opened: for the generator of 64 filters and 9 blocks
    // (45.6 MB) that saved 43 ms of 126 (medians of 7, `create` of the model and of its optimizedModelFilePath), in a lane
    // whose start takes a second; and what `all` writes is for the processor that wrote it.
    graphOptimizationLevel: options.optimization ?? (provider === 'webgpu' ? 'basic' : 'all'),
    // Warnings would go to stderr for every model that carries an unused initializer.
    logSeverityLevel: options.quiet === true ? 4 : 3,
    extra: { session: { intra_op: { allow_spinning: options.spinning === false ? '0' : '1' } } },
    ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
  };
}
