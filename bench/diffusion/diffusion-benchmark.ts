import type { BenchmarkOptions } from '../options.ts';
import { type DrawnRequest, drawRequests } from './drawn-requests.ts';
import type { DiffusionSize } from './random-diffusion.ts';
import { SamplingService } from './sampling-service.ts';
import { continuous, fixedBatches, type Served, type Way } from './sampling-ways.ts';

/** One way through all requests. */
interface MeasuredWay {
  /** Milliseconds from the first arrival to the last answer, of each round. */
  readonly totals: number[];
  /** Mean of the milliseconds from arrival to answer, of each round. */
  readonly latencies: number[];
}

export interface DiffusionMeasurement extends DiffusionSize {
  readonly provider: string;
  readonly threads: number;
  readonly requests: number;
  readonly steps: number;
  /** Milliseconds in which requests came. */
  readonly span: number;
  readonly continuous: MeasuredWay;
  /** By size; 1 is one at a time. */
  readonly fixed: ReadonlyMap<number, MeasuredWay>;
  /** Largest difference, in levels, of a picture that shared runs to the same alone. */
  readonly difference: number;
  /** Steps of a run, on average, of the continuous way. */
  readonly meanShared: number;
}

/** Sizes of fixed batches beside one and all. */
const sizesBetween = [2, 4] as const;
/** Requests come in so much of the time in which they would be done one at a time. */
const crowding = 0.5;

/** Times the same requests in every way by turns, and compares what they make. */
export async function measureDiffusion(
  options: BenchmarkOptions,
  note: (line: string) => void,
): Promise<DiffusionMeasurement> {
  const { seconds, threads, side, filters: channels = 32, requests: count = 12 } = options;
  const size = { side, channels };
  note(`diffusion: ${count} requests, ${side}x${side}, ${channels} channels, about ${seconds} s or a round`);
  const requests = drawRequests(count, side);
  const steps = requests.reduce((sum, request) => sum + request.steps, 0);
  const service = await SamplingService.start(size, options);
  try {
    const span = crowding * steps * (await millisecondsOfStep(requests, service));
    const sizes = [1, ...sizesBetween.filter((each) => each < count), count];
    const fixed = new Map(sizes.map((each) => [each, measuredWay()]));
    const shared = measuredWay();
    let difference = 0;
    const end = performance.now() + 1000 * seconds;
    do {
      const alone = await measure(fixedBatches(service, 1), fixed.get(1), { requests, span });
      for (const each of sizes.slice(1))
        await measure(fixedBatches(service, each), fixed.get(each), { requests, span });
      const together = await measure(continuous(service), shared, { requests, span });
      difference = Math.max(difference, largestDifference(alone, together));
      note(`diffusion: round ${shared.totals.length}`);
    } while (performance.now() < end);
    const { shared: made, provider } = service;
    const meanShared = made.steps / made.runs;
    return {
      ...size,
      provider,
      threads,
      requests: count,
      steps,
      span,
      continuous: shared,
      fixed,
      difference,
      meanShared,
    };
  } finally {
    await service.close();
  }
}

function measuredWay(): MeasuredWay {
  return { totals: [], latencies: [] };
}

async function measure(
  way: Way,
  into: MeasuredWay | undefined,
  { requests, span }: { readonly requests: readonly DrawnRequest[]; readonly span: number },
): Promise<Served> {
  const served = await way(requests, span);
  into?.totals.push(served.milliseconds);
  into?.latencies.push(
    served.pictures.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / requests.length,
  );
  return served;
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

function largestDifference({ pictures }: Served, others: Served): number {
  return pictures.reduce((worst, { picture }, index) => {
    const other = others.pictures[index]?.picture ?? new Uint8Array();
    return picture.reduce((most, level, at) => Math.max(most, Math.abs(level - (other[at] ?? 255))), worst);
  }, 0);
}
