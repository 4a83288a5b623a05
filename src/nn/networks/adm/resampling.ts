import type { Value } from '../../../onnx/ir.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution } from '../../layers/convolution.ts';
import { averageFours, doublePixels } from '../../layers/resampling.ts';
import type { Scope } from '../../scope.ts';
import type { AdmLayout } from './layout.ts';
import { admResidualBlock } from './residual-block.ts';

/** x [N, C, H, W] -> [N, C, H / 2, W / 2], H and W even. Parameters: those of a residual block, or op.*, or none. */
export function halve(scope: Scope, x: Value, embedding: Value, layout: AdmLayout): Value {
  const filters = channelsOf(x);
  if (layout.residualResampling) {
    return admResidualBlock(scope, x, embedding, { ...layout.block, filters, resampling: 'down' });
  }
  if (!layout.convolutionalResampling) return averageFours(scope, x);
  return convolution(scope.child('op'), x, { filters, kernel: 3, stride: 2, padding: 1 });
}

/** x [N, C, H, W] -> [N, C, 2 H, 2 W]. Parameters: those of a residual block, or conv.*, or none. */
export function double(scope: Scope, x: Value, embedding: Value, layout: AdmLayout): Value {
  const filters = channelsOf(x);
  if (layout.residualResampling) {
    return admResidualBlock(scope, x, embedding, { ...layout.block, filters, resampling: 'up' });
  }
  const repeated = doublePixels(scope, x);
  if (!layout.convolutionalResampling) return repeated;
  return convolution(scope.child('conv'), repeated, { filters, kernel: 3, padding: 1 });
}
