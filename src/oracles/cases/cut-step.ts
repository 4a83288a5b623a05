import type { Tensor } from '../../core/tensor.ts';
import { tensor } from '../../core/tensor.ts';
import { type CutOptions, cutSchema } from '../../training/config/cut.ts';
import { adversarialObjectives } from '../../training/losses/adversarial.ts';
import { cut } from '../../training/methods/cut.ts';
import type { BatchShape } from '../../training/methods/networks.ts';
import { ArgumentError, type Arguments } from '../arguments.ts';
import type { Attempt, CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { torchCpuRules } from '../torch-cpu-instance-norm.ts';
import { runStep } from '../training-step.ts';
import { discriminatorOptions } from './discriminator.ts';
import { residualBlocks } from './generator.ts';

const normalizations = ['instance', 'batch', 'none'] as const;
const networks = { G: 'generator', F: 'patchSampler', D: 'discriminator' };

/** One step of `CUTModel`: CUT and FastCUT. */
export const cutStep: CaseKind = {
  knows: ({ class_or_function, constructor_args: { netG } }) =>
    /\bCUTModel\b/.test(class_or_function) && residualBlocks(netG) !== undefined,
  attempts,
};

async function* attempts(oracle: OracleCase): AsyncGenerator<Attempt> {
  const options = cutOptions(oracle.arguments);
  const batch = inputOf(oracle, 'real_A').dims as BatchShape;
  const method = cut(options, batch);
  for (const draws of coins(oracle, options)) {
    const reading = { method, networks, draws };
    yield { produced: await runStep(oracle, reading) };
    // With one picture in the batch PyTorch's own gradient may be wrong: see torch-cpu-instance-norm.ts.
    if (batch[0] !== 1 || options.generator.normalization !== 'instance') continue;
    yield {
      produced: await runStep(oracle, { ...reading, gradientRules: torchCpuRules }),
      footnote:
        "saved gradients of G carry the fault of PyTorch's instance_norm on the CPU at batch 1, imitated for the comparison",
    };
  }
}

/** FastCUT's coin is not among the inputs: the notes say how it fell; else both ways are tried. */
function coins({ declaration }: OracleCase, options: CutOptions): ReadonlyMap<string, Tensor>[] {
  if (!options.flipEquivariance) return [new Map()];
  const said = /forced to (True|False)/i.exec(declaration.notes)?.[1]?.toLowerCase();
  const fallen = said === undefined ? [1, 0] : [said === 'true' ? 1 : 0];
  return fallen.map((side) => new Map([['mirrored', tensor('bool', [], Uint8Array.of(side))]]));
}

function cutOptions(given: Arguments): CutOptions {
  given.withoutInfluence('model', 'CUT_mode', 'input_nc', 'output_nc', 'pool_size', 'batch_size');
  given.withoutInfluence('init_type', 'init_gain', 'crop_size', 'load_size', 'n_epochs', 'n_epochs_decay');
  for (const name of ['use_dropout', 'stylegan2_G_num_downsampling']) {
    if (given.has(name) && given.flag(name)) throw new ArgumentError(name, 'false', true);
  }
  if (given.oneOf('netF', ['mlp_sample'], 'mlp_sample') !== 'mlp_sample') return cutSchema.parse({});
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
