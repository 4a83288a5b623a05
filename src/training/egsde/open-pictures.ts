import type { EgsdeConfig } from '../config/egsde.ts';
import { UnalignedBatches } from '../data/index.ts';
import { pictureOptions } from '../picture-options.ts';
import type { TrainingRun } from '../training-run.ts';
import type { TrainingSource } from '../training-source.ts';
import { HeldOutAccuracy } from './held-out-accuracy.ts';
import { SamplePreviews } from './sample-previews.ts';

const nothingToShow = { write: async () => [], close: async () => {} };

/** The pictures that a part of EGSDE trains on: previews of the score network, figures of the classifier. */
export async function openPictures(run: TrainingRun, config: EgsdeConfig): Promise<TrainingSource> {
  const batches = await UnalignedBatches.open(pictureOptions(run));
  if (config.method === 'egsde-score') {
    return {
      batches,
      previews: async (method) => new SamplePreviews(run, config, method),
      heldOut: async () => undefined,
    };
  }
  return {
    batches,
    previews: async () => nothingToShow,
    heldOut: (method) => HeldOutAccuracy.open(run, config, method, batches),
  };
}
