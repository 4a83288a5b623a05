import { gradients } from '../../autodiff/backward.ts';
import { betasOf } from '../../core/diffusion/betas.ts';
import { noiseSchedule } from '../../core/diffusion/noise-schedule.ts';
import { ddpmUnet } from '../../nn/networks/ddpm/unet.ts';
import type { Value } from '../../onnx/ir.ts';
import { noiseError } from '../../training/diffusion/noise-losses.ts';
import { noised } from '../../training/diffusion/noised.ts';
import { CaseGraph } from '../case-graph.ts';
import { byName, type CaseKind, type Produced } from '../case-kind.ts';
import { bindNetwork } from '../network-weights.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';
import { ddpmOptions } from './egsde-options.ts';

/** DDPM's U-Net: `eps`, the error of its training `mse`, and `grad.<key>` of the error's mean. */
export const ddpmUnetCase: CaseKind = {
  knows: ({ class_or_function }) => /\bModel \(DDPM\)/.test(class_or_function),
  async *attempts(oracle) {
    yield { produced: await produced(oracle) };
  },
};

async function produced(oracle: OracleCase): Promise<Produced> {
  const target = new CaseGraph();
  const g = target.graph;
  const given = oracle.arguments.group('ddpm');
  const network = ddpmUnet(ddpmOptions(given));
  const shapes = ['x', 't_eps'].map((name) => inputOf(oracle, name).dims);
  const bound = bindNetwork(target, 'DDPM', oracle.weights('DDPM'), shapes, (scope, [x, times]) =>
    network.forward(scope, x as Value, times as Value),
  );
  const input = (name: string) => target.input(name, inputOf(oracle, name));
  const scope = bound.scope(false);
  target.output('eps', network.forward(scope, input('x'), input('t_eps')));
  const pictures = { clean: input('x_start'), noise: input('noise_train'), times: input('t_train') };
  const diffusion = given.group('diffusion');
  const schedule = noiseSchedule(
    betasOf({
      course: diffusion.oneOf('beta_schedule', ['linear', 'quad', 'const', 'jsd', 'sigmoid'], 'linear'),
      steps: diffusion.integer('num_diffusion_timesteps', 1000),
      first: diffusion.number('beta_start', 1e-4),
      last: diffusion.number('beta_end', 0.02),
    }),
  );
  const noisy = noised(g, pictures, schedule);
  const error = noiseError(
    g,
    network.forward(scope, noisy, g.Cast(pictures.times, 'float32')),
    pictures.noise,
  );
  target.output('mse', error);
  const keys = [...bound.parameters.keys()];
  const derived = gradients(g, g.ReduceMean(error, undefined, false), [...bound.parameters.values()]);
  for (const [index, key] of keys.entries()) target.output(`grad.${key}`, derived[index] as Value);
  return byName(await target.run());
}
