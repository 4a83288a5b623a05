import type { Value } from '../../../onnx/ir.ts';
import { relu } from '../../layers/activation.ts';
import { linear } from '../../layers/linear.ts';
import type { Scope } from '../../scope.ts';

export interface StylePerceptronOptions {
  /** Width of its two hidden layers. Default 256. */
  readonly channels?: number;
  /** Numbers that it gives for a code: a decoder's `modulationSize`. */
  readonly modulationSize: number;
}

export interface StylePerceptron {
  /** @param codes [N, styleCodeSize] -> [N, modulationSize] */
  forward(scope: Scope, codes: Value): Value;
}

/**
 * What makes of a style code the scales and shifts of a decoder's style blocks (Huang et al. 2018, section 5.1): three
 * linear layers with ReLU between them. Parameters: model.<layer>.fc.*.
 */
export function stylePerceptron({ channels = 256, modulationSize }: StylePerceptronOptions): StylePerceptron {
  return {
    forward(scope, codes) {
      const layer = (index: number, x: Value, features: number) =>
        linear(scope.child('model').child(index).child('fc'), x, { features });
      const hidden = [0, 1].reduce((x, index) => relu(scope, layer(index, x, channels)), codes);
      return layer(2, hidden, modulationSize);
    },
  };
}
