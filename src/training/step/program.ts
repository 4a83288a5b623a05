import { Random } from '../../core/random.ts';
import type { Tensor } from '../../core/tensor.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session, type SessionOptions } from '../../runtime/index.ts';
import type { StepContext } from '../methods/method.ts';
import type { TrainingState } from './state.ts';
import type { Feed, PictureSizes } from './step-builder.ts';
import { stackFeeds, type TrainingGraph } from './training-graph.ts';

/** A training graph that can be run. */
export interface Program {
  readonly training: TrainingGraph;
  readonly session: Session;
}

/** Sizes of pictures that graphs are kept for: each may hold the memory of a whole step. */
const keptSizes = 4;

/**
 * Graphs made ready to run when they are first needed. A graph is for pictures of one size; of the sizes that come up,
 * the graphs of the last few are kept.
 */
export class Programs {
  private readonly session: SessionOptions;
  /** By size, the one used last at the end; then by name. */
  private readonly bySize = new Map<string, Map<string, Program>>();

  constructor(session: SessionOptions) {
    this.session = session;
  }

  /** @param sizes of the pictures; undefined: those of the method */
  async take(sizes: PictureSizes | undefined, name: string, build: () => TrainingGraph): Promise<Program> {
    const size = JSON.stringify(sizes ?? null);
    const ofSize = this.bySize.get(size) ?? new Map<string, Program>();
    this.bySize.delete(size);
    this.bySize.set(size, ofSize);
    const known = ofSize.get(name);
    if (known !== undefined) return known;
    await this.forget();
    const training = build();
    const program = { training, session: await Session.create(serialize(training.graph), this.session) };
    ofSize.set(name, program);
    return program;
  }

  /** What really runs, and why nothing faster: the same for all. */
  get provider(): Pick<Session, 'provider' | 'providerNote'> {
    const [program] = [...this.bySize.values()].flatMap((ofSize) => [...ofSize.values()]);
    return (program as Program).session;
  }

  async close(): Promise<void> {
    await Promise.all([...this.bySize.keys()].map((size) => this.dispose(size)));
  }

  private async forget(): Promise<void> {
    const sizes = [...this.bySize.keys()];
    for (const size of sizes.slice(0, -keptSizes)) await this.dispose(size);
  }

  private async dispose(size: string): Promise<void> {
    const ofSize = this.bySize.get(size);
    this.bySize.delete(size);
    await Promise.all([...(ofSize?.values() ?? [])].map(({ session }) => session.dispose()));
  }
}

/** The inputs of a graph that the state and the steps' contexts give. */
export function feedsFor(
  training: TrainingGraph,
  state: TrainingState,
  contexts: readonly StepContext[],
  seed: number,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  for (const { name } of training.graph.inputs) {
    const tensor = state.get(name);
    if (tensor !== undefined) feeds[name] = tensor;
  }
  for (const feed of training.feeds) {
    const steps = contexts.map((context) => feed.provide(context, randomOf(feed, context, seed)));
    feeds[feed.name] = training.stepsPerRun === 1 ? (steps[0] as Tensor) : stackFeeds(steps);
  }
  return feeds;
}

/** The first micro-batch draws as an only one would. */
function randomOf({ name, drawnOnce }: Feed, { iteration, part }: StepContext, seed: number): Random {
  const key = ['step', iteration, name] as const;
  return drawnOnce || !part?.index ? Random.of(seed, ...key) : Random.of(seed, ...key, part.index);
}

/** The outputs of a run in the order of the graph's. */
export async function outputsOf(
  { training, session }: Program,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Tensor[]> {
  const outputs = await session.run(feeds);
  return training.graph.outputs.map(({ name }) => outputs[name] as Tensor);
}

/** The state with what a run has changed, which its first outputs are. */
export function stateAfter(
  state: TrainingState,
  { changed }: TrainingGraph,
  outputs: readonly Tensor[],
): TrainingState {
  const next = new Map(state);
  for (const [index, name] of changed.entries()) next.set(name, outputs[index] as Tensor);
  return next;
}
