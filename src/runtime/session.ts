import { InvalidArgumentError, messageOf, UnpairedError } from '../core/errors.ts';
import type { DType, Tensor, TensorData } from '../core/tensor.ts';
import { type InferenceSession, loadOrt, type Ort, type OrtTensor } from './onnxruntime.ts';
import { profileFile } from './profile-file.ts';
import { type ActiveProvider, chooseProvider, type ProviderChoice } from './providers.ts';
import { nativeOptions, type SessionOptions } from './session-options.ts';

/** What a model says of one input or output. */
export interface TensorSignature {
  readonly name: string;
  /** undefined for element types that this project has no tensors of, such as strings. */
  readonly dtype: DType | undefined;
  /** A name, or an empty string, where a run may choose the size. */
  readonly shape: readonly (number | string)[];
}

/** The inputs that were handed over are not the ones the model has. */
export class FeedsError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'FEEDS_INVALID', status: 422, ...options });
  }
}

/** ONNX Runtime could not open the file; the message holds its reason. */
export class ModelLoadError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, {
      code: 'MODEL_LOAD_FAILED',
      status: 500,
      publicMessage: 'The model could not be opened.',
      ...options,
    });
  }
}

/** ONNX Runtime gave up during a run, or the session was disposed before it. */
export class RunError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, {
      code: 'RUN_FAILED',
      status: 500,
      publicMessage: 'The model could not be run.',
      ...options,
    });
  }
}

const dtypes: ReadonlySet<string> = new Set<DType>([
  'float32',
  'float64',
  'float16',
  'int64',
  'int32',
  'int8',
  'uint8',
  'bool',
]);

/**
 * An open ONNX model in this process. Opening and running block the JavaScript thread for as long as they take:
 * this is for training, command line programs and lane processes, never for the thread that serves HTTP.
 */
export class Session {
  readonly inputs: readonly TensorSignature[];
  readonly outputs: readonly TensorSignature[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What really runs. */
  readonly provider: ActiveProvider;
  /** Why nothing faster runs, when `auto` was asked for. */
  readonly providerNote: string | undefined;
  private readonly native: InferenceSession;
  private readonly ort: Ort;
  private readonly profile: string | undefined;
  private readonly running = new Set<Promise<unknown>>();
  private disposal: Promise<void> | undefined;

  private constructor(
    ort: Ort,
    native: InferenceSession,
    { provider, note }: ProviderChoice,
    profile: string | undefined,
  ) {
    this.ort = ort;
    this.native = native;
    this.provider = provider;
    this.providerNote = note;
    this.profile = profile;
    this.inputs = native.inputMetadata.map(signature);
    this.outputs = native.outputMetadata.map(signature);
    this.inputNames = native.inputNames;
    this.outputNames = native.outputNames;
  }

  /**
   * @param model content of an .onnx file, or its path
   * @throws ModelLoadError with ONNX Runtime's reason
   * @throws ProviderUnavailableError when a provider asked for by name does not work
   */
  static async create(model: Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
    const choice = await chooseProvider(options.provider ?? 'auto', options.deviceId);
    const ort = await loadOrt();
    try {
      // Two calls, because the library declares one signature for a path and one for bytes.
      const settings = nativeOptions(choice.provider, options);
      const native =
        typeof model === 'string'
          ? await ort.InferenceSession.create(model, settings)
          : await ort.InferenceSession.create(model, settings);
      return new Session(ort, native, choice, options.profile);
    } catch (cause) {
      const what = typeof model === 'string' ? model : `a model of ${model.byteLength} bytes`;
      throw new ModelLoadError(`cannot open ${what}: ${messageOf(cause)}`, { cause });
    }
  }

  /**
   * Runs the model once. Output arrays are fresh and own their memory; feeds are read, never kept or changed.
   * @param fetches outputs to compute; default all
   * @throws FeedsError naming what was expected and what came; RunError with ONNX Runtime's reason
   */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[] = this.outputNames,
  ): Promise<Record<string, Tensor>> {
    if (this.disposal !== undefined) throw new RunError('the session is disposed');
    this.checkNames(feeds, fetches);
    const wanted = Object.fromEntries(fetches.map((name) => [name, null]));
    const run = this.native.run(this.toNative(feeds), wanted);
    this.running.add(run);
    try {
      const outputs = await run;
      return Object.fromEntries(fetches.map((name) => [name, fromNative(outputs[name] as OrtTensor)]));
    } catch (cause) {
      throw new RunError(`the run failed: ${messageOf(cause)}`, { cause });
    } finally {
      this.running.delete(run);
    }
  }

  /**
   * Ends the profile that the option `profile` began; later runs are not in it.
   * @returns path of the file: a JSON list of events in Chrome's trace format, times in microseconds
   * @throws InvalidArgumentError when the session was opened without `profile`
   */
  endProfiling(): string {
    if (this.profile === undefined)
      throw new InvalidArgumentError('the session was opened without the option "profile"');
    this.native.endProfiling();
    return profileFile(this.profile);
  }

  /** Frees the model once the runs under way have ended. A second call is the same promise. */
  dispose(): Promise<void> {
    this.disposal ??= Promise.allSettled(this.running).then(() => this.native.release());
    return this.disposal;
  }

  private checkNames(feeds: Readonly<Record<string, Tensor>>, fetches: readonly string[]): void {
    const given = Object.keys(feeds);
    const missing = this.inputNames.filter((name) => !given.includes(name));
    const unknown = given.filter((name) => !this.inputNames.includes(name));
    if (missing.length > 0 || unknown.length > 0) {
      throw new FeedsError(`the model's inputs are ${list(this.inputNames)}, got ${list(given)}`);
    }
    if (fetches.length === 0 || fetches.some((name) => !this.outputNames.includes(name))) {
      throw new FeedsError(`the model's outputs are ${list(this.outputNames)}, asked for ${list(fetches)}`);
    }
  }

  private toNative(feeds: Readonly<Record<string, Tensor>>): Record<string, OrtTensor> {
    return Object.fromEntries(
      this.inputs.map((input) => [input.name, this.toNativeTensor(input, feeds[input.name] as Tensor)]),
    );
  }

  private toNativeTensor(input: TensorSignature, given: Tensor): OrtTensor {
    if (given.dtype !== input.dtype) {
      throw new FeedsError(
        `input ${input.name} is ${input.dtype ?? 'of an unknown type'}, got ${given.dtype}`,
      );
    }
    try {
      return new this.ort.Tensor(given.dtype, unshared(given.data), given.dims);
    } catch (cause) {
      const shape = `${given.data.length} elements for shape [${given.dims.join(', ')}]`;
      throw new FeedsError(
        `input ${input.name} is not a ${given.dtype} tensor (${shape}): ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }
}

function signature(value: InferenceSession.ValueMetadata): TensorSignature {
  if (!value.isTensor) return { name: value.name, dtype: undefined, shape: [] };
  const dtype = dtypes.has(value.type) ? (value.type as DType) : undefined;
  return { name: value.name, dtype, shape: value.shape };
}

/** ONNX Runtime refuses arrays over shared memory. */
function unshared(data: TensorData): TensorData {
  return data.buffer instanceof SharedArrayBuffer ? data.slice() : data;
}

function fromNative(output: OrtTensor): Tensor {
  if (!dtypes.has(output.type))
    throw new Error(`an output has the element type ${output.type}, which is not supported`);
  return {
    dtype: output.type as DType,
    dims: output.dims,
    data: halfAsBits(output.type, output.data as TensorData),
  };
}

/** Node 24 has Float16Array and ONNX Runtime then returns it; our tensors hold the bit patterns on every version. */
function halfAsBits(type: string, data: TensorData): TensorData {
  return type === 'float16' ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : names.join(', ');
}
