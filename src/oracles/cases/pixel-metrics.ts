import { gradients } from '../../autodiff/backward.ts';
import { float32, type Tensor, tensor } from '../../core/tensor.ts';
import { gaussianWindow, meanSquaredError, msSsim, peakSignalToNoise, ssim } from '../../evaluation/index.ts';
import type { Value } from '../../onnx/ir.ts';
import { CaseGraph } from '../case-graph.ts';
import { type Attempt, byName, type CaseKind } from '../case-kind.ts';
import { inputOf, type OracleCase } from '../oracle-case.ts';

/** `mse, psnr, ssim, ms_ssim` of two batches of pictures in [0, 1], and the gradient of the mean SSIM by the first. */
export const pixelMetrics: CaseKind = {
  knows: ({ class_or_function }) => /^mse, psnr, ssim, ms_ssim\b/.test(class_or_function),
  async *attempts(oracle) {
    yield await attempt(oracle);
  },
};

async function attempt(oracle: OracleCase): Promise<Attempt> {
  oracle.arguments.withoutInfluence('shape', 'big');
  const graph = new CaseGraph();
  const [x, y] = [graph.input('x', inputOf(oracle, 'x')), graph.input('y', inputOf(oracle, 'y'))];
  const similarity = ssim(graph.graph, x, y);
  const [gradient] = gradients(graph.graph, graph.graph.ReduceMean(similarity), [x]) as [Value];
  graph.output('ssim', similarity);
  graph.output('grad.ssim', gradient);
  const big = ['x_big', 'y_big'].map((name) => graph.input(name, inputOf(oracle, name))) as [Value, Value];
  graph.output('ssim_big', ssim(graph.graph, ...big));
  graph.output('ms_ssim_big', msSsim(graph.graph, ...big));
  const window = gaussianWindow();
  return {
    produced: byName(
      new Map<string, Tensor>([
        ...(await graph.run()),
        ['mse', pictureByPicture(oracle, meanSquaredError)],
        ['psnr', pictureByPicture(oracle, peakSignalToNoise)],
        ['window', float32([window.length], window)],
      ]),
    ),
  };
}

function pictureByPicture(oracle: OracleCase, metric: (x: Float32Array, y: Float32Array) => number): Tensor {
  const [x, y] = [inputOf(oracle, 'x'), inputOf(oracle, 'y')];
  const count = x.dims[0] as number;
  const size = x.data.length / count;
  const picture = (of: Tensor, at: number) => (of.data as Float32Array).subarray(at * size, (at + 1) * size);
  const values = Float64Array.from({ length: count }, (_, at) => metric(picture(x, at), picture(y, at)));
  return tensor('float64', [count], values);
}
