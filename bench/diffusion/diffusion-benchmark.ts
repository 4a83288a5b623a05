import type { BenchmarkOptions } from '../options.ts';
import { mean } from '../statistics.ts';
import { type DrawnRequest, drawRequests } from './drawn-requests.ts';
import type { DiffusionSize } from './random-diffusion.ts';
import { SamplingService } from './sampling-service.ts';
import { continuous, fixedBatches, type Served, type Way } from './sampling-ways.ts';

/** One way through all requests of each round. */
export interface MeasuredWay {
  /** Milliseconds from the first arrival to the last answer. */
  readonly totals: number[];
  /** Mean of the milliseconds from arrival to answer. */
  readonly latencies: number[];
}

/** All ways through the same requests, which come more or less crowded. */
export interface MeasuredLoad {
  /** What is asked for in a second, as a share of what one at a time does in a second. */
  readonly load: number;
  readonly continuous: MeasuredWay;
  /** By size; 1 is one at a time. */
  readonly fixed: ReadonlyMap<number, MeasuredWay>;
}

export interface DiffusionMeasurement extends DiffusionSize {
  readonly provider: string;
  readonly threads: number;
  readonly requests: number;
  readonly rounds: number;
  readonly loads: readonly MeasuredLoad[];
  /** Largest difference, in levels, of a picture that shared runs to the same alone. */
  readonly difference: number;
  /** Steps of a run, on average, of the continuous way. */
  readonly meanShared: number;
}

/** A service with more to do than it can, with as much, and with half of it. */
const loads = [2, 1, 0.5] as const;
/** Sizes of fixed batches beside one and all. */
const sizesBetween = [2, 4] as const;

/** Times requests in every way by turns, others in each round, and compares what they make. */
export async function measureDiffusion(
  options: BenchmarkOptions,
  note: (line: string) => void,
): Promise<DiffusionMeasurement> {
  const { seconds, threads, side, filters: channels = 32, requests: count = 12 } = options;
  const size = { side, channels };
  note(`diffusion: ${count} requests, ${side}x${side}, ${channels} channels, about ${seconds} s or a round`);
  const service = await SamplingService.start(size, options);
  const sizes = [1, ...sizesBetween.filter((each) => each < count), count];
  const measured = loads.map((load): MeasuredLoad => {
    return { load, continuous: measuredWay(), fixed: new Map(sizes.map((each) => [each, measuredWay()])) };
  });
  let [rounds, difference] = [0, 0];
  const end = performance.now() + 1000 * seconds;
  try {
    do {
      const requests = drawRequests(count, side, rounds);
      for (const at of measured) difference = Math.max(difference, await measureRound(at, requests, service));
      note(`diffusion: round ${++rounds}`);
    } while (performance.now() < end);
    const { shared, provider } = service;
    const meanShared = shared.steps / shared.runs;
    return { ...size, provider, threads, requests: count, rounds, loads: measured, difference, meanShared };
  } finally {
    await service.close();
  }
}

function measuredWay(): MeasuredWay {
  return { totals: [], latencies: [] };
}

/** @returns the largest difference of a picture that shared runs to the same alone */
async function measureRound(
  { load, fixed, continuous: joined }: MeasuredLoad,
  requests: readonly DrawnRequest[],
  service: SamplingService,
): Promise<number> {
  const steps = requests.reduce((sum, request) => sum + request.steps, 0);
  const span = (steps * (await millisecondsOfStep(requests, service))) / load;
  const measure = async (way: Way, { totals, latencies }: MeasuredWay) => {
    const served = await way(requests, span);
    totals.push(served.milliseconds);
    latencies.push(mean(served.pictures.map(({ milliseconds }) => milliseconds)));
    return served;
  };
  const batches: Served[] = [];
  for (const [size, into] of fixed) batches.push(await measure(fixedBatches(service, size), into));
  return largestDifference(batches[0], await measure(continuous(service), joined));
}

/** Of a request by itself, all of which the first costs more. */
async function millisecondsOfStep(
  [first]: readonly DrawnRequest[],
  service: SamplingService,
): Promise<number> {
  if (first === undefined) return 0;
  const alone = fixedBatches(service, 1);
  await alone([first], 0);
  return (await alone([first], 0)).milliseconds / first.steps;
}

function largestDifference(alone: Served | undefined, { pictures }: Served): number {
  return pictures.reduce((worst, { picture }, index) => {
    const other = alone?.pictures[index]?.picture ?? new Uint8Array();
    return picture.reduce((most, level, at) => Math.max(most, Math.abs(level - (other[at] ?? 255))), worst);
  }, 0);
}
