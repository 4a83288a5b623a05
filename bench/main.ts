import { cpus } from 'node:os';
import { messageOf } from '../src/core/errors.ts';
import { measureDiffusion } from './diffusion/diffusion-benchmark.ts';
import { diffusionJson, diffusionReport } from './diffusion/diffusion-report.ts';
import { measureMethods } from './methods/methods-benchmark.ts';
import { methodsReport } from './methods/methods-report.ts';
import { type BenchmarkName, type BenchmarkOptions, parseOptions, usage } from './options.ts';
import { measureOutputsBenchmark } from './outputs/outputs-benchmark.ts';
import { outputsJson, outputsReport } from './outputs/outputs-report.ts';
import { measurePrior } from './prior/prior-benchmark.ts';
import { priorJson, priorReport } from './prior/prior-report.ts';
import { measureServing } from './serving/serving-benchmark.ts';
import { servingJson, servingReport } from './serving/serving-report.ts';
import { measureTraining } from './training/training-benchmark.ts';
import { trainingJson, trainingReport } from './training/training-report.ts';

/** A measurement in both forms. */
interface Result {
  readonly text: string;
  readonly json: object;
  /** Something was wrong with what was measured; the text says what. */
  readonly failed?: boolean;
}

type Note = (line: string) => void;

const benchmarks: Readonly<
  Record<BenchmarkName, (options: BenchmarkOptions, note: Note) => Promise<Result>>
> = {
  training: async (options, note) => {
    const measured = await measureTraining(options, note);
    return { text: trainingReport(measured), json: trainingJson(measured) };
  },
  serving: async (options, note) => {
    const measured = await measureServing(options, note);
    return { text: servingReport(measured), json: servingJson(measured) };
  },
  outputs: async (options, note) => {
    const measured = await measureOutputsBenchmark(options, note);
    return { text: outputsReport(measured), json: outputsJson(measured) };
  },
  prior: async (options, note) => {
    const measured = await measurePrior(options, note);
    return { text: priorReport(measured), json: priorJson(measured) };
  },
  diffusion: async (options, note) => {
    const measured = await measureDiffusion(options, note);
    return { text: diffusionReport(measured), json: diffusionJson(measured) };
  },
  methods: async (options, note) => {
    const measured = await measureMethods(options, note);
    const failed = measured.results.some(({ faults }) => faults.length > 0);
    return { text: methodsReport(measured), json: measured, failed };
  },
};

/** Progress goes to standard error, results to standard output. */
async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const machine = { processor: cpus()[0]?.model, processors: cpus().length, node: process.version };
  if (!options.json) {
    process.stdout.write(`${machine.processors} x ${machine.processor}, Node ${machine.node}\n`);
  }
  const results: Record<string, object> = { machine };
  for (const name of options.benchmarks) {
    const { text, json, failed } = await benchmarks[name](options, (line) =>
      process.stderr.write(`${line}\n`),
    );
    if (failed) process.exitCode = 1;
    if (options.json) results[name] = json;
    else process.stdout.write(`\n${text}`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
