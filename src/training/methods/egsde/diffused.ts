import { type BetaOptions, betasOf } from '../../../core/diffusion/betas.ts';
import { type NoiseSchedule, noiseSchedule } from '../../../core/diffusion/noise-schedule.ts';
import { elementCount, float32, int64 } from '../../../core/tensor.ts';
import type { DropoutMask } from '../../../nn/layers/dropout.ts';
import type { Value } from '../../../onnx/ir.ts';
import type { ScoreConfig } from '../../config/egsde.ts';
import type { Diffused } from '../../diffusion/noised.ts';
import type { StepBuilder } from '../../step/step-builder.ts';

/** The schedule that the settings name, as guided diffusion has it. */
export function noiseOptions({ course, steps }: ScoreConfig['options']['noise']): BetaOptions {
  return { course: course === 'linear' ? 'named-linear' : course, steps };
}

export function scheduleOfNoise(noise: ScoreConfig['options']['noise']): NoiseSchedule {
  return noiseSchedule(betasOf(noiseOptions(noise)));
}

/** Pictures with a time for each, uniform over all, and noise: drawn anew for each step. */
export function diffused(builder: StepBuilder, clean: Value, schedule: NoiseSchedule): Diffused {
  const shape = clean.shape as readonly number[];
  const count = shape[0] as number;
  return {
    clean,
    times: builder.feed('times', 'int64', [count], (_, random) =>
      int64(
        [count],
        Array.from({ length: count }, () => random.integer(schedule.betas.length)),
      ),
    ),
    noise: builder.feed('noise', 'float32', shape, (_, random) =>
      float32(
        shape,
        random.fill(elementCount(shape), (stream) => stream.normal()),
      ),
    ),
  };
}

/** Masks for every layer with dropout, drawn anew for each step; none at a rate of 0. */
export function dropoutMasks(builder: StepBuilder, rate: number): DropoutMask | undefined {
  if (rate === 0) return undefined;
  let layers = 0;
  return (x) => {
    const shape = x.shape as readonly number[];
    const left = 1 / (1 - rate);
    return builder.feed(`dropout_${layers++}`, 'float32', shape, (_, random) =>
      float32(
        shape,
        random.fill(elementCount(shape), (stream) => (stream.uniform() < rate ? 0 : left)),
      ),
    );
  };
}
