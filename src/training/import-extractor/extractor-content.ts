import { UnpairedError } from '../../core/errors.ts';
import type { Extractor } from '../../core/extractor.ts';

/** What the file was turned into; how it is written, and under which name, is not its business. */
export interface ExtractorContent {
  /** The .onnx file. */
  readonly model: Uint8Array;
  readonly description: ExtractorDescription;
}

type WithoutPackage<E> = E extends Extractor
  ? Omit<E, 'schemaVersion' | 'name' | 'provenance' | 'onnx'> & {
      readonly onnx: Omit<E['onnx'], 'file' | 'sha256' | 'bytes'>;
    }
  : never;

/** An extractor's description without what only the written package knows. */
export type ExtractorDescription = WithoutPackage<Extractor>;

/** A file that cannot become the extractor that was asked for; nothing is written. */
export class ExtractorImportError extends UnpairedError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { code: 'EXTRACTOR_IMPORT', status: 422, ...options });
  }
}

/** Fed as the range says. */
export const untouched: Pick<Extractor['picture'], 'mean' | 'deviation'> = {
  mean: [0, 0, 0],
  deviation: [1, 1, 1],
};
