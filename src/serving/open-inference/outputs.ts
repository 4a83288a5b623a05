import type { TensorInterface } from '../../core/manifest.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { NamedTensors } from '../batcher.ts';
import { protocolNames, toBytes, toJson } from './datatypes.ts';
import { InferenceInvalidError } from './errors.ts';
import { mostJsonValues } from './inputs.ts';
import type { InferenceRequest, InferenceResponse } from './schemas.ts';

/** An output that a client wants. */
export interface WantedOutput {
  readonly name: string;
  /** As bytes after the JSON. */
  readonly binary: boolean;
}

/**
 * Which outputs a request wants, and how.
 * @param values values of an output, as large as the input
 * @throws InferenceInvalidError for a name that the model does not have, and for JSON that would be too large
 */
export function wantedOutputs(
  { outputs, parameters }: InferenceRequest,
  interfaces: readonly TensorInterface[],
  values: number,
): readonly WantedOutput[] {
  const known = interfaces.map(({ name }) => name);
  const binary = parameters?.binary_data_output ?? false;
  const named = outputs?.length ? outputs : known.map((name) => ({ name, parameters: undefined }));
  return named.map(({ name, parameters: own }) => {
    if (!known.includes(name))
      throw new InferenceInvalidError(`there is no output "${name}"; the outputs are ${known.join(', ')}`);
    const wanted = { name, binary: own?.binary_data ?? binary };
    if (wanted.binary || values <= mostJsonValues) return wanted;
    throw new InferenceInvalidError(
      `output "${name}" has ${values} values; in JSON at most ${mostJsonValues} are sent, ask for binary_data_output`,
    );
  });
}

/** Body of an answer; `jsonBytes` is the length of its JSON where bytes follow. */
export interface WrittenResponse {
  readonly body: Buffer;
  readonly jsonBytes: number | undefined;
}

/** Writes an answer: JSON, and the bytes of binary outputs behind it, in the order of the outputs. */
export function writeResponse(
  head: Omit<InferenceResponse, 'outputs'>,
  wanted: readonly WantedOutput[],
  tensors: NamedTensors,
): WrittenResponse {
  const chosen = wanted.map((output) => ({ ...output, tensor: tensors[output.name] as Tensor }));
  const outputs = chosen.map(({ name, binary, tensor }) => ({
    name,
    datatype: protocolNames[tensor.dtype as keyof typeof protocolNames],
    shape: tensor.dims,
    ...(binary ? { parameters: { binary_data_size: tensor.data.byteLength } } : { data: toJson(tensor) }),
  }));
  const json = Buffer.from(JSON.stringify({ ...head, outputs }));
  const tails = chosen.filter(({ binary }) => binary).map(({ tensor }) => toBytes(tensor));
  if (tails.length === 0) return { body: json, jsonBytes: undefined };
  return { body: Buffer.concat([json, ...tails]), jsonBytes: json.length };
}
