import { setTimeout as sleep } from 'node:timers/promises';
import type { GuidedSampling } from '../../src/core/diffusion/guided-sampling.ts';
import { samplingPictures, stepFeeds } from '../../src/core/diffusion/run-sampling.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { joinFeeds, splitOutputs } from '../../src/serving/batcher.ts';
import type { DrawnRequest } from './drawn-requests.ts';
import type { SamplingService } from './sampling-service.ts';

/** One picture of a request. */
export interface Sampled {
  readonly picture: Uint8Array;
  /** From its arrival to its answer. */
  readonly milliseconds: number;
}

export interface Served {
  /** In the order of the requests. */
  readonly pictures: readonly Sampled[];
  /** From the first arrival to the last answer. */
  readonly milliseconds: number;
}

/** @param span milliseconds in which requests come */
export type Way = (requests: readonly DrawnRequest[], span: number) => Promise<Served>;

/** As the service does: each is begun when it comes, and its steps share runs with those of whatever is under way. */
export function continuous(service: SamplingService): Way {
  return (requests, span) =>
    timed(requests, span, async (request, arrived) => {
      await arrived;
      const loop = service.loop();
      try {
        const given = { size: service.size, guidance: request.guidance };
        let last: Tensor<'uint8'> | undefined;
        for await (const { picture } of samplingPictures(request.begin(), given, loop.run)) last = picture;
        return last?.data ?? new Uint8Array();
      } finally {
        loop.end();
      }
    });
}

/**
 * As published code does, with batches of so many: one is begun when its last request has come and the batch before has
 * ended, it is computed as a whole until the longest is done, and then its pictures are answered.
 */
export function fixedBatches(service: SamplingService, size: number): Way {
  return (requests, span) => {
    const arrivals: Promise<void>[] = [];
    const batches = new Map<number, Promise<Map<DrawnRequest, Uint8Array>>>();
    let before: Promise<unknown> = Promise.resolve();
    const begin = (batch: number) => {
      const members = requests.slice(batch * size, (batch + 1) * size);
      const come = Promise.all(arrivals.slice(batch * size, (batch + 1) * size));
      const running = Promise.all([before, come]).then(() => runTogether(members, service));
      before = running;
      batches.set(batch, running);
      return running;
    };
    return timed(requests, span, async (request, arrived) => {
      const place = arrivals.push(arrived) - 1;
      // Until all have said when they come.
      await Promise.resolve();
      const batch = Math.floor(place / size);
      const pictures = await (batches.get(batch) ?? begin(batch));
      return pictures.get(request) ?? new Uint8Array();
    });
  };
}

async function runTogether(
  members: readonly DrawnRequest[],
  service: SamplingService,
): Promise<Map<DrawnRequest, Uint8Array>> {
  const pictures = new Map<DrawnRequest, Uint8Array>();
  const samplings = members.map((request) => ({ request, sampling: request.begin() }));
  const feeds = samplings.map(({ request, sampling }) => feedsOf(sampling, request, service));
  while (samplings.some(({ sampling }) => sampling.step !== undefined)) {
    const outputs = splitOutputs(
      await service.run(joinFeeds(feeds)),
      members.map(() => 1),
    );
    for (const [place, { request, sampling }] of samplings.entries()) {
      // One that is done keeps its place in the batch, and its last feeds.
      if (sampling.step === undefined) continue;
      const { next_state, clean, picture } = outputs[place] as Record<string, Tensor>;
      sampling.take({ state: next_state?.data as Float32Array, clean: clean?.data as Float32Array });
      pictures.set(request, picture?.data as Uint8Array);
      if (sampling.step !== undefined) feeds[place] = feedsOf(sampling, request, service);
    }
  }
  return pictures;
}

function feedsOf({ step }: GuidedSampling, { guidance }: DrawnRequest, { size }: SamplingService) {
  return step === undefined ? {} : stepFeeds(step, size, guidance);
}

/** Lets requests come as they are drawn, and times each. */
async function timed(
  requests: readonly DrawnRequest[],
  span: number,
  answer: (request: DrawnRequest, arrived: Promise<void>) => Promise<Uint8Array>,
): Promise<Served> {
  const start = performance.now();
  const first = Math.min(...requests.map(({ arrival }) => arrival));
  const pictures = await Promise.all(
    requests.map(async (request) => {
      const wait = (request.arrival - first) * span;
      const picture = await answer(request, sleep(wait));
      return { picture, milliseconds: performance.now() - start - wait };
    }),
  );
  return { pictures, milliseconds: performance.now() - start };
}
