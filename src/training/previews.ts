import { join } from 'node:path';
import { drawGrid, encode, type Pixels } from '../image/index.ts';
import { writeDurably } from './run/durable-write.ts';
import { type PreviewName, previewFile } from './run/preview-file.ts';
import type { TrainingState } from './step/state.ts';
import type { TrainingRun } from './training-run.ts';

/** A preview as it was written. */
export interface Preview {
  readonly name: PreviewName;
  readonly png: Uint8Array;
}

/** Pictures that show how far training has come. */
export interface Previews {
  /** Writes those of a step into the run's folder. */
  write(state: TrainingState, step: number): Promise<Preview[]>;
  close(): Promise<void>;
}

/** Writes a grid of pictures, for instance `step-00012000-from-A.png`. */
export async function writePreview(
  { folder }: Pick<TrainingRun, 'folder'>,
  { step, name }: { readonly step: number; readonly name: PreviewName },
  rows: readonly (readonly Pixels[])[],
): Promise<Preview> {
  const png = await encode(drawGrid(rows), { format: 'png' });
  await writeDurably(join(folder.previews, previewFile(step, name)), [png]);
  return { name, png };
}
