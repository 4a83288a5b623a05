import { type Transition, transitionColumns } from '../../core/diffusion/transition.ts';
import { float32, type Tensor, zeros } from '../../core/tensor.ts';
import { domainClassifier } from '../../nn/networks/adm/classifier.ts';
import { admUnet } from '../../nn/networks/adm/unet.ts';
import { Scope } from '../../nn/scope.ts';
import { constantSource } from '../../nn/sources.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dimension.ts';
import { optimize } from '../../onnx/passes/index.ts';
import { serialize } from '../../onnx/serialize.ts';
import { Session } from '../../runtime/index.ts';
import type { Similarity } from '../../training/diffusion/energies.ts';
import { guidedStep } from '../../training/diffusion/guided-step.ts';
import { ArgumentError, Arguments } from '../arguments.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { publishedSimilarities } from './egsde-energies.ts';
import { classifierOptions, unetOptions } from './egsde-options.ts';

interface Step {
  readonly state: Tensor;
  readonly perturbed: Tensor;
  readonly stepNoise: Tensor;
  /** Of each picture. */
  readonly times: readonly number[];
  readonly transitions: readonly Transition[];
  readonly realism: number;
  readonly faithfulness: number;
}

/** Our guided step with the networks of a case. The published source as noised is given, and need not be of any source. */
export class GuidedStepper {
  private readonly session: Session;

  private constructor(session: Session) {
    this.session = session;
  }

  /** @param realism and faithfulness as the case names similarities */
  static async open(oracle: OracleCase, realism: string, faithfulness: string): Promise<GuidedStepper> {
    const graph = stepGraph(oracle, similarityNamed('s1', realism), similarityNamed('s2', faithfulness));
    return new GuidedStepper(await Session.create(serialize(graph), { provider: 'cpu' }));
  }

  async run(step: Step): Promise<{ state: Tensor<'float32'>; clean: Tensor<'float32'> }> {
    const { state, perturbed, stepNoise, times, transitions } = step;
    const count = times.length;
    const { next, clean } = await this.session.run({
      state,
      perturbed,
      step_noise: stepNoise,
      previous_clean: zeros('float32', state.dims),
      time: float32([count], times),
      coefficients: float32(
        [count, transitionColumns.length],
        transitions.flatMap((transition) => transitionColumns.map((name) => transition[name])),
      ),
      realism: float32(
        [count],
        times.map(() => step.realism),
      ),
      faithfulness: float32(
        [count],
        times.map(() => step.faithfulness),
      ),
    });
    return { state: next as Tensor<'float32'>, clean: clean as Tensor<'float32'> };
  }

  close(): Promise<void> {
    return this.session.dispose();
  }
}

function stepGraph(oracle: OracleCase, realism: Similarity, faithfulness: Similarity) {
  const g = new GraphBuilder('step');
  const unet = admUnet(unetOptions(oracle.arguments.group('unet')));
  const classifier = domainClassifier(classifierOptions(oracle.arguments.group('dse')));
  const scopeOf = (network: string) =>
    new Scope(g, constantSource(g, oracle.weights(network), `${network}.`));
  const [score, features] = [scopeOf('UNet'), scopeOf('DSE')];
  const planes = (name: string) =>
    g.input(name, 'float32', [symbol('N'), ...inputOf(oracle, 'loop_x').dims.slice(1)]);
  const numbers = (name: string) => g.input(name, 'float32', [symbol('N')]);
  const { state, clean } = guidedStep(
    g,
    {
      predictNoise: (pictures, times) => unet.forward(score, pictures, times),
      features: (pictures, times) => classifier.features(features, pictures, times),
    },
    {
      state: planes('state'),
      perturbed: planes('perturbed'),
      stepNoise: planes('step_noise'),
      previousClean: planes('previous_clean'),
      time: numbers('time'),
      coefficients: g.input('coefficients', 'float32', [symbol('N'), transitionColumns.length]),
      realism: numbers('realism'),
      faithfulness: numbers('faithfulness'),
    },
    {
      realism,
      faithfulness,
      lowPassFactor: new Arguments(oracle.declaration.sampler_settings).integer('down_N', 32),
    },
  );
  return optimize(g.build({ next: state, clean }));
}

function similarityNamed(argument: string, name: string): Similarity {
  const found = publishedSimilarities.get(name);
  if (found !== undefined) return found;
  throw new ArgumentError(argument, `one of ${[...publishedSimilarities.keys()].join(', ')}`, name);
}
