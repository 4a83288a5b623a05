import type { Value } from '../../../onnx/ir.ts';
import type { Scope } from '../../scope.ts';
import { attentionBlock } from './attention-block.ts';
import { type ResidualBlockOptions, residualBlock } from './residual-block.ts';

/** The blocks at the lowest level, of the same shape: `block_1.*`, `attn_1.*`, `block_2.*`. */
export function middleBlocks(scope: Scope, x: Value, options: ResidualBlockOptions): Value {
  const before = residualBlock(scope.child('block_1'), x, options);
  const attended = attentionBlock(scope.child('attn_1'), before, options.groups);
  return residualBlock(scope.child('block_2'), attended, options);
}
