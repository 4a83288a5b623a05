import type { Value } from '../../../onnx/ir.ts';
import { relu, tanh } from '../../layers/activation.ts';
import { channelsOf } from '../../layers/channels.ts';
import { convolution, transposedConvolution } from '../../layers/convolution.ts';
import { linear } from '../../layers/linear.ts';
import type { Scope } from '../../scope.ts';
import type { Domain } from '../domain.ts';
import type { AttributeVariant } from './attribute-encoder.ts';
import { doublingConvolution, residualBlock, sameSizeConvolution } from './blocks.ts';
import { joinCode } from './join-code.ts';

export interface ExemplarGeneratorOptions {
  readonly variant: AttributeVariant;
  /** Channels of the pictures. Default 3. */
  readonly outputChannels?: number;
}

export interface ExemplarGenerator {
  /**
   * @param domain of the pictures that are made
   * @param content [N, C, h, w]
   * @param attribute codes [N, attributeCodeSize]
   * @returns pictures [N, outputChannels, 4 h, 4 w] in -1..1
   */
  forward(scope: Scope, domain: Domain, content: Value, attribute: Value): Value;
}

/** DRIT's generator (Lee et al. 2020, section 3.1 and figure 4; `G_concat` and `G`), as wide as the content. */
export function exemplarGenerator({
  variant,
  outputChannels = 3,
}: ExemplarGeneratorOptions): ExemplarGenerator {
  const forward = variant === 'concat' ? joined : transformed;
  return {
    forward: (scope, domain, content, attribute) =>
      forward(scope, domain, { content, attribute, outputChannels }),
  };
}

interface Given {
  readonly content: Value;
  readonly attribute: Value;
  readonly outputChannels: number;
}

/** The code is joined to the features before each stage: `dec_share.*`, then `decA1.*` to `decA4.*`. */
function joined(scope: Scope, domain: Domain, { content, attribute, outputChannels }: Given): Value {
  const stage = (number: number) => scope.child(`dec${domain}${number}`);
  const withCode = (x: Value) => joinCode(scope, x, attribute);
  const shared = residualBlock(scope.child('dec_share').child(0), content);
  const blocks = [0, 1, 2].reduce((x, index) => residualBlock(stage(1).child(index), x), withCode(shared));
  const half = doublingConvolution(stage(2).child(0), withCode(blocks));
  const full = doublingConvolution(stage(3).child(0), withCode(half));
  return toPicture(stage(4).child(0), withCode(full), outputChannels);
}

/** Each of four blocks gets its part of what a perceptron (`mlpA.*`) makes of the code: `decA1.*` to `decA5.*`. */
function transformed(scope: Scope, domain: Domain, { content, attribute, outputChannels }: Given): Value {
  const { graph } = scope;
  const width = channelsOf(content);
  const perceptron = scope.child(`mlp${domain}`);
  const first = relu(scope, linear(perceptron.child(0), attribute, { features: width }));
  const second = relu(scope, linear(perceptron.child(2), first, { features: width }));
  const codes = linear(perceptron.child(4), second, { features: 4 * width });
  const parts = graph.Split(codes, [width, width, width, width], 1);
  const blocks = parts.reduce(
    (x, part, index) => modulatedBlock(scope.child(`dec${domain}${index + 1}`), x, part),
    content,
  );
  const last = scope.child(`dec${domain}5`);
  const full = [0, 1].reduce((x, index) => doublingConvolution(last.child(index), x), blocks);
  return toPicture(last.child(2), full, outputChannels);
}

/** `MisINSResBlock`: x plus two rounds of convolution, norm, and the code mixed in by two 1x1 convolutions. */
function modulatedBlock(scope: Scope, x: Value, code: Value): Value {
  const width = channelsOf(x);
  const mix = (own: Scope, features: Value) => {
    const both = joinCode(scope, features, code);
    const first = relu(scope, convolution(own.child(0), both, { filters: channelsOf(both), kernel: 1 }));
    return relu(scope, convolution(own.child(2), first, { filters: width, kernel: 1 }));
  };
  const round = (number: 1 | 2, features: Value) =>
    mix(
      scope.child(`blk${number}`),
      sameSizeConvolution(scope.child(`conv${number}`).child(0).child(1), features),
    );
  return scope.graph.Add(round(2, round(1, x)), x);
}

/** A 1x1 transposed convolution, as published, and tanh. */
function toPicture(scope: Scope, x: Value, filters: number): Value {
  return tanh(scope, transposedConvolution(scope, x, { filters, kernel: 1 }));
}
