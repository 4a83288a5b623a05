import { type Tensor, tensor } from '../../core/tensor.ts';
import { type CutOptions, cutSchema } from '../../training/config/cut.ts';
import { adversarialObjectives } from '../../training/losses/adversarial.ts';
import { cut } from '../../training/methods/cut.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import type { Arguments } from '../arguments.ts';
import type { Attempt, CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { torchCpuRules } from '../torch-cpu-instance-norm.ts';
import { runStep } from '../training-step.ts';
import { discriminatorOptions } from './discriminator.ts';
import { residualBlocks } from './generator.ts';
import { normalizations } from './network.ts';

const networks = { G: 'generator', F: 'patchSampler', D: 'discriminator' };

/** One step of `CUTModel`: CUT and FastCUT. */
export const cutStep: CaseKind = {
  knows: ({ class_or_function, constructor_args: { netG } }) =>
    /\bCUTModel\b/.test(class_or_function) && residualBlocks(netG) !== undefined,
  attempts,
};

async function* attempts(oracle: OracleCase): AsyncGenerator<Attempt> {
  const batch = inputOf(oracle, 'real_A').dims as BatchShape;
  const options = cutOptions(oracle.arguments, batch);
  const method = cut(options, batch);
  for (const mirrored of options.flipEquivariance ? coinOf(oracle.declaration.notes) : [undefined]) {
    const draws = new Map<string, Tensor>();
    if (mirrored !== undefined) draws.set('mirrored', tensor('bool', [], Uint8Array.of(mirrored ? 1 : 0)));
    const reading = { method, networks, draws };
    yield { produced: await runStep(oracle, reading) };
    // With one picture in the batch PyTorch's own gradient may be wrong: see torch-cpu-instance-norm.ts.
    if (batch[0] !== 1 || options.generator.normalization !== 'instance') continue;
    yield {
      produced: await runStep(oracle, { ...reading, gradientRules: torchCpuRules }),
      footnote:
        'gradients saved by PyTorch carry a fault of its instance_norm on the CPU at batch 1, imitated here',
    };
  }
}

/** How FastCUT's coin fell, which is not among the inputs: the notes may say it; else both ways are to be tried. */
export function coinOf(notes: string): readonly boolean[] {
  const said = /forced to (true|false)/i.exec(notes)?.[1];
  return said === undefined ? [true, false] : [said.toLowerCase() === 'true'];
}

/** @throws ArgumentError for an option that our CUT does not have */
export function cutOptions(given: Arguments, batch: BatchShape): CutOptions {
  given.withoutInfluence('model', 'CUT_mode', 'pool_size', 'init_type', 'init_gain');
  given.withoutInfluence('crop_size', 'load_size', 'n_epochs', 'n_epochs_decay');
  given.oneOf('netF', ['mlp_sample'], 'mlp_sample');
  given.mustBe('use_dropout', false);
  given.mustBe('batch_size', batch[0]);
  given.mustBe('input_nc', batch[1]);
  given.mustBe('output_nc', batch[1]);
  return cutSchema.parse({
    generator: {
      filters: given.integer('ngf', 64),
      blocks: residualBlocks(given.text('netG')),
      normalization: given.oneOf('normG', normalizations, 'instance'),
      antialiasDown: !given.flag('no_antialias', false),
      antialiasUp: !given.flag('no_antialias_up', false),
    },
    discriminator: discriminatorOptions(given, given.oneOf('normD', normalizations, 'instance')),
    adversarialObjective: given.oneOf('gan_mode', adversarialObjectives, 'lsgan'),
    adversarialWeight: given.number('lambda_GAN', 1),
    contrastiveWeight: given.number('lambda_NCE', 1),
    identityContrast: given.flag('nce_idt', true),
    flipEquivariance: given.flag('flip_equivariance', false),
    featureLayers: given.integers('nce_layers'),
    patches: given.integer('num_patches', 256),
    projectionChannels: given.integer('netF_nc', 256),
    temperature: given.number('nce_T', 0.07),
    negativesFromMinibatch: given.flag('nce_includes_all_negatives_from_minibatch', false),
    optimizer: {
      learningRate: given.number('lr', 2e-4),
      beta1: given.number('beta1', 0.5),
      beta2: given.number('beta2', 0.999),
    },
  });
}
