import type { ChildProcess } from 'node:child_process';
import { InternalError, messageOf, UnpairedError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import {
  type FromLane,
  type LaneProcessOptions,
  type LaneRunResult,
  type LaneTask,
  type ModelSignature,
  ReportedError,
  type SequenceStep,
  type TaskResult,
  type ToLane,
  withOwnMemory,
} from './lane-messages.ts';
import type { ActiveProvider } from './providers.ts';
import { forkSibling } from './source-tree.ts';

export interface LaneOptions extends LaneProcessOptions {
  /** A run that takes longer counts as hung and its lane is killed. Default: no limit. */
  readonly runTimeoutMilliseconds?: number;
  /** The same for the opening of a model. Default: ten minutes. */
  readonly openTimeoutMilliseconds?: number;
}

/** A GPU's libraries, or a model of gigabytes on a slow disk, take minutes. */
const openMilliseconds = 600_000;
const partingMilliseconds = 1000;
const closeMilliseconds = 30_000;

/** The lane process ended before it answered. */
export class LaneLostError extends UnpairedError {
  /** Whether the lane was at work on this very task, as far as the parent can know: then the task is suspect. */
  readonly wasRunning: boolean;

  constructor(reason: string, wasRunning: boolean) {
    super(reason, {
      code: 'LANE_LOST',
      status: 503,
      publicMessage: 'The request was lost; please try again.',
    });
    this.wasRunning = wasRunning;
  }
}

interface PendingTask {
  readonly task: LaneTask;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: unknown) => void;
}

/** A task on its way: its answer, and the means to take it back. */
export interface Ticket<Result> {
  readonly result: Promise<Result>;
  /** Takes back a task that has not begun. From then on `result` never settles. */
  withdraw(): void;
}

/** The parent's end of one lane process, from fork to exit. It is never restarted: the pool makes another. */
export class Lane {
  readonly provider: ActiveProvider;
  readonly note: string | undefined;
  /** Resolves, with the reason in one line, once the process is gone and every task has its answer. */
  readonly death: Promise<string>;
  private readonly child: ChildProcess;
  private readonly options: LaneOptions;
  /** In the order in which the lane performs them. */
  private readonly pending = new Map<number, PendingTask>();
  private nextId = 0;
  private over = false;
  private watchdog: NodeJS.Timeout | undefined;
  private killReason: string | undefined;
  private hung = false;

  private constructor(
    child: ChildProcess,
    options: LaneOptions,
    ready: FromLane & { kind: 'ready' },
    gone: Promise<string>,
  ) {
    this.child = child;
    this.options = options;
    this.provider = ready.provider;
    this.note = ready.note;
    child.on('message', (message: FromLane) => this.receive(message));
    this.death = gone.then((reason) => this.bury(this.killReason ?? reason));
  }

  /**
   * Resolves when the process has chosen its provider.
   * @param timeoutMilliseconds after which it counts as hung, and is killed
   * @throws ReportedError with code PROVIDER_UNAVAILABLE; LaneLostError when the process ends before it is ready
   */
  static async start(options: LaneOptions, timeoutMilliseconds = openMilliseconds): Promise<Lane> {
    const child = forkLaneProcess(options);
    const gone = departure(child);
    const limit = setTimeout(() => child.kill('SIGKILL'), timeoutMilliseconds);
    const first = await Promise.race([firstMessage(child), gone]);
    clearTimeout(limit);
    if (typeof first === 'string')
      throw new LaneLostError(`lane ${options.index} did not start: it ${first}`, false);
    if (first.kind === 'ready') return new Lane(child, options, first, gone);
    await gone;
    if (first.kind === 'refused') throw new ReportedError(first.error);
    throw new InternalError(`lane ${options.index} began with a message of kind ${first.kind}`);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The process is gone; tasks given from now on are lost. */
  get isOver(): boolean {
    return this.over;
  }

  /** It was killed since what it was at took too long. */
  get wasHung(): boolean {
    return this.hung;
  }

  /** @param sha256 what the file must hash to */
  async load(key: string, modelPath: string, sha256?: string): Promise<ModelSignature> {
    const result = await this.submit({ kind: 'load', key, modelPath, sha256 }).result;
    return expectKind(result, 'loaded').model;
  }

  async unload(key: string): Promise<void> {
    expectKind(await this.submit({ kind: 'unload', key }).result, 'unloaded');
  }

  /** @param steps one an item, when they go on with sequences that this lane keeps */
  run(
    key: string,
    feeds: Readonly<Record<string, Tensor>>,
    steps?: readonly SequenceStep[],
  ): Ticket<LaneRunResult> {
    const ticket = this.submit({ kind: 'run', key, feeds, steps });
    const result = ticket.result.then((answer) => {
      const { kind: _, outputs, ...measured } = expectKind(answer, 'ran');
      return { outputs: withOwnMemory(outputs), lane: this.options.index, ...measured };
    });
    return { result, withdraw: ticket.withdraw };
  }

  /** Forgets a sequence, kept or not, after what was sent before. @returns bytes of what is still kept */
  async forget(sequence: string): Promise<number> {
    return expectKind(await this.submit({ kind: 'forget', sequence }).result, 'forgotten').cacheBytes;
  }

  /** Lets the lane finish what it has, then ends it; by force when that takes longer than a model can take to open. */
  async close(): Promise<void> {
    this.post({ kind: 'close' });
    const force = setTimeout(() => this.kill('did not close'), closeMilliseconds);
    await this.death;
    clearTimeout(force);
  }

  kill(reason: string): void {
    this.killReason ??= reason;
    this.child.kill('SIGKILL');
  }

  private submit(task: LaneTask): Ticket<TaskResult> {
    if (this.over) throw new LaneLostError(`lane ${this.options.index} is gone`, false);
    const id = this.nextId++;
    const result = new Promise<TaskResult>((resolve, reject) => {
      this.pending.set(id, { task, resolve, reject });
    });
    this.post({ kind: 'task', id, task });
    if (this.pending.size === 1) this.watch();
    const withdraw = () => {
      if (this.pending.delete(id)) this.post({ kind: 'withdraw', id });
    };
    return { result, withdraw };
  }

  /** A failure to send means that the process is ending, which `death` reports. */
  private post(message: ToLane): void {
    if (this.child.connected) this.child.send(message, () => {});
  }

  private receive(message: FromLane): void {
    if (message.kind !== 'done' && message.kind !== 'failed') return;
    const pending = this.pending.get(message.id);
    if (pending === undefined) return;
    this.pending.delete(message.id);
    this.watch();
    if (message.kind === 'done') pending.resolve(message.result);
    else pending.reject(new ReportedError(message.error));
  }

  /** Starts the clock of the task that the lane turns to now. */
  private watch(): void {
    clearTimeout(this.watchdog);
    const [current] = this.pending.values();
    if (current === undefined) return;
    const { runTimeoutMilliseconds, openTimeoutMilliseconds = openMilliseconds } = this.options;
    const isRun = current.task.kind === 'run';
    const limit = isRun ? runTimeoutMilliseconds : openTimeoutMilliseconds;
    if (limit === undefined) return;
    this.watchdog = setTimeout(() => {
      this.hung = true;
      this.kill(`was killed: ${isRun ? 'a run' : 'opening a model'} took more than ${limit} ms`);
    }, limit);
  }

  private bury(reason: string): string {
    this.over = true;
    clearTimeout(this.watchdog);
    let isFirst = true;
    for (const { reject } of this.pending.values()) {
      reject(new LaneLostError(`lane ${this.options.index} ${reason}`, isFirst));
      isFirst = false;
    }
    this.pending.clear();
    return reason;
  }
}

function forkLaneProcess(options: LaneOptions): ChildProcess {
  const { runTimeoutMilliseconds: _, openTimeoutMilliseconds: __, ...processOptions } = options;
  return forkSibling('lane-process', [JSON.stringify(processOptions)], {
    serialization: 'advanced',
    // A program's standard output is for its results: whatever the native library prints goes to standard error.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
}

function firstMessage(child: ChildProcess): Promise<FromLane> {
  return new Promise((resolve) => child.once('message', (message: FromLane) => resolve(message)));
}

/** Resolves with what became of the process, after its last message has been read. */
async function departure(child: ChildProcess): Promise<string> {
  const disconnected = new Promise<void>((resolve) => child.once('disconnect', () => resolve()));
  const reason = await new Promise<string>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
    );
    child.once('error', (error) => resolve(`could not be started: ${messageOf(error)}`));
    // Without its pipe a lane is of no use; one that does not end by itself soon is ended.
    child.once('disconnect', () => setTimeout(() => child.kill('SIGKILL'), partingMilliseconds).unref());
  });
  if (child.pid !== undefined) await disconnected;
  return reason;
}

function expectKind<K extends TaskResult['kind']>(result: TaskResult, kind: K): TaskResult & { kind: K } {
  if (result.kind !== kind)
    throw new InternalError(`a lane answered ${result.kind} where ${kind} was expected`);
  return result as TaskResult & { kind: K };
}
