import { type Tensor, tensor, toNumbers } from '../../core/tensor.ts';
import {
  type FeatureStatistics,
  type Features,
  frechetDistance,
  statisticsOf,
} from '../../evaluation/index.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `calculate_frechet_distance`, from given statistics and from features. */
export const frechetDistanceCase: CaseKind = {
  knows: ({ class_or_function }) => /^calculate_frechet_distance\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

/** The case with singular covariances takes this part of the features: fewer vectors than dimensions. */
const lowRankPart = 1 / 3;

async function attempt(oracle: OracleCase): Promise<Attempt> {
  oracle.arguments.withoutInfluence('dims', 'n1', 'n2', 'scipy', 'numpy');
  const features = [featuresOf(oracle, 'feat1'), featuresOf(oracle, 'feat2')] as const;
  const [first, second] = (await Promise.all(features.map(statisticsOf))) as [
    FeatureStatistics,
    FeatureStatistics,
  ];
  const [fewOfFirst, fewOfSecond] = (await Promise.all(
    features.map((all) => statisticsOf(firstRows(all, Math.trunc(all.count * lowRankPart)))),
  )) as [FeatureStatistics, FeatureStatistics];
  return {
    produced: byName(
      new Map<string, Tensor>([
        ['fid_stats', number(await frechetDistance(given(oracle, '1'), given(oracle, '2')))],
        ['fid_features', number(await frechetDistance(first, second))],
        ['fid_lowrank', number(await frechetDistance(fewOfFirst, fewOfSecond))],
        ['fid_same', number(await frechetDistance(first, first))],
        ['mean1', tensor('float64', [first.mean.length], first.mean)],
        ['cov1', tensor('float64', [first.mean.length, first.mean.length], first.covariance.data)],
      ]),
    ),
  };
}

function number(value: number): Tensor {
  return tensor('float64', [], Float64Array.of(value));
}

function featuresOf(oracle: OracleCase, name: string): Features {
  const { dims, data } = inputOf(oracle, name);
  return { count: dims[0] as number, dimension: dims[1] as number, data: data as Float32Array };
}

function firstRows({ dimension, data }: Features, count: number): Features {
  return { count, dimension, data: data.subarray(0, count * dimension) };
}

function given(oracle: OracleCase, set: string): FeatureStatistics {
  const mean = Float64Array.from(toNumbers(inputOf(oracle, `mu${set}`)));
  const covariance = Float64Array.from(toNumbers(inputOf(oracle, `sigma${set}`)));
  return { mean, covariance: { rows: mean.length, columns: mean.length, data: covariance } };
}
