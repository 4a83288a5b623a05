import path from 'node:path';
import { Random } from '../core/random.ts';
import { writeWhole } from '../core/write-whole.ts';
import { cutAnswer, encode, type ModelInput, type Pixels } from '../image/index.ts';
import type { ExemplarModel } from './exemplar-model.ts';
import type { Figure } from './figure.ts';
import { mean } from './mean.ts';
import { metrics } from './metrics.ts';
import { type ModelPictures, pictureName, readInput } from './model-input.ts';
import { type PictureSet, stemOf } from './picture-set.ts';

/** Pictures of which several outputs are made: of all pictures they would take as many times as long. */
const mostInputs = 32;

/** Several outputs of each of some pictures. */
export interface OutputSets {
  readonly folder: string;
  /** How many of each. */
  readonly count: number;
  /** For each picture its outputs, by their paths below the folder. */
  readonly inputs: readonly (readonly string[])[];
}

export interface SampledOutputs {
  /** One output of each picture, in their order. */
  readonly translated: PictureSet;
  readonly outputs: OutputSets;
  readonly attributeError: Figure;
}

export interface SamplingRequest {
  readonly model: Omit<ExemplarModel, 'dispose'>;
  readonly source: ModelPictures;
  /** Where outputs go, as PNG. */
  readonly out: string;
  /** How many are made of a picture that has several. */
  readonly count: number;
  /** Of the codes; those of a picture depend on it and on the name of the picture only. */
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/**
 * Translates a set of pictures by codes that are drawn as the model says: one for each picture, and several for at most 32 of them, spread over the set. Of these, the model's own attribute encoder reads the codes out of
 * the outputs again: mean |E_a(G(c, z)) - z| is the latent regression loss (Lee et al. 2018, "Diverse Image-to-Image
 * Translation via Disentangled Representations"). Its baseline is mean |E_a(x) - z| of the untranslated x.
 * @throws UnreadablePictureError; the signal's reason when it fires
 */
export async function sampleOutputs(request: SamplingRequest): Promise<SampledOutputs> {
  const { source, out, count, model, signal, onProgress } = request;
  const { files } = source;
  const several = new Set(spread(files.length, mostInputs));
  const inputs: string[][] = [];
  const errors: CodeErrors[] = [];
  for (const [at, file] of files.entries()) {
    signal.throwIfAborted();
    const input = await readInput(source, file);
    const codes = drawCodes(request, file, several.has(at) ? count : 1);
    const names = codes.map((_, output) => path.join(String(output + 1), pictureName(file)));
    const outputs = await makeOutputs(request, input, codes, names);
    if (several.has(at)) {
      inputs.push(names);
      errors.push(await codeErrors(model, input, codes, outputs));
    }
    onProgress(`${at + 1} of ${files.length} translated`);
  }
  const reading = (value: number) => ({ value, pictures: inputs.length });
  return {
    translated: { folder: path.join(out, '1'), files: files.map(pictureName) },
    outputs: { folder: out, count, inputs },
    attributeError: {
      metric: 'attribute-error',
      against: 'code',
      extractor: model.attributeEncoder,
      outputs: count,
      better: metrics['attribute-error'].better,
      translated: reading(mean(errors.flatMap(({ outputs }) => outputs))),
      untranslated: reading(mean(errors.flatMap(({ untranslated }) => untranslated))),
    },
  };
}

/** Mean absolute differences from the codes that were drawn, one for each. */
interface CodeErrors {
  readonly outputs: readonly number[];
  readonly untranslated: readonly number[];
}

/** Encodes the content once, makes an output for each code, and writes it. @returns the outputs, before they are cut */
async function makeOutputs(
  { model, out, signal }: SamplingRequest,
  { pixels, plan }: ModelInput,
  codes: readonly Float32Array[],
  names: readonly string[],
): Promise<Pixels[]> {
  const content = await model.encodeContent(pixels);
  const outputs: Pixels[] = [];
  for (const [at, code] of codes.entries()) {
    signal.throwIfAborted();
    const output = await model.generate(content, code);
    outputs.push(output);
    const png = await encode(cutAnswer(output, plan), { format: 'png' });
    await writeWhole(path.join(out, names[at] as string), png);
  }
  return outputs;
}

async function codeErrors(
  model: SamplingRequest['model'],
  { pixels }: ModelInput,
  codes: readonly Float32Array[],
  outputs: readonly Pixels[],
): Promise<CodeErrors> {
  const found: Float32Array[] = [];
  for (const output of outputs) found.push(await model.encodeAttribute(output));
  const untranslated = await model.encodeAttribute(pixels);
  return {
    outputs: codes.map((code, at) => difference(found[at] as Float32Array, code)),
    untranslated: codes.map((code) => difference(untranslated, code)),
  };
}

function drawCodes({ seed, model }: SamplingRequest, file: string, count: number): Float32Array[] {
  const random = Random.of(seed, 'attribute codes', stemOf(file));
  return Array.from({ length: count }, () => model.sampleCode(random));
}

/** At most so many indices below `length`, evenly apart. */
function spread(length: number, most: number): number[] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, at) => Math.floor((at * length) / count));
}

function difference(found: Float32Array, code: Float32Array): number {
  return mean(Array.from(code, (value, at) => Math.abs(value - (found[at] as number))));
}
