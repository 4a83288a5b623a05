import { describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { float32, type Tensor } from '../../core/tensor.ts';
import { initializeNetwork } from '../../nn/initialize.ts';
import { lpips } from '../../nn/networks/lpips.ts';
import { backboneIn, widthsIn } from '../../nn/networks/lpips-backbones.ts';
import { describeNetwork } from '../../nn/sources.ts';
import { modelTensors } from '../../onnx/model-tensors.ts';
import { lpipsExtractor } from './lpips-extractor.ts';

const widths = [2, 3, 4, 5, 5];
const weights = initializeNetwork(
  describeNetwork((scope) =>
    lpips({ widths }).forward(
      scope,
      scope.graph.input('x', 'float32', [1, 3, 16, 16]),
      scope.graph.input('y', 'float32', [1, 3, 16, 16]),
    ),
  ),
  { type: 'normal', gain: 1 },
  Random.of(5),
);
const some = float32([1], [1]);

const startingWith = (prefix: string) => new Map([...weights].filter(([key]) => key.startsWith(prefix)));
/** As torchvision's file names them, with its classifier behind. */
const classifier = new Map<string, Tensor>([
  ...[...startingWith('net.')].map(
    ([key, tensor]) => [key.replace(/^net\.slice\d/, 'features'), tensor] as const,
  ),
  ['classifier.6.bias', some],
]);
const linear = startingWith('lin');

describe('lpipsExtractor', () => {
  it('makes the same of a classifier and its linear layers as of a file with both', () => {
    const whole = new Map([...weights, ['lins.0.model.1.weight', some] as const]);
    const ofOne = lpipsExtractor('vgg16', [whole]);
    const ofTwo = lpipsExtractor('vgg16', [classifier, linear]);
    expect(Buffer.from(ofTwo.model).equals(ofOne.model)).toBe(true);
    expect(ofTwo.description).toEqual({
      kind: 'lpips',
      network: 'LPIPS 0.1 on vgg16',
      picture: { range: [-1, 1], mean: [0, 0, 0], deviation: [1, 1, 1], minimumSize: 16 },
      onnx: { inputs: ['x', 'y'], output: 'distance' },
    });
  });

  it('keeps the weights under their names, where a training step looks for them', () => {
    const found = modelTensors(lpipsExtractor('vgg16', [weights]).model);
    for (const [name, tensor] of weights) expect(found.get(name), name).toEqual(tensor);
    expect(backboneIn(found)).toBe('vgg16');
    expect(widthsIn('vgg16', found)).toEqual(widths);
  });

  it('lists what is missing and what is left over', () => {
    const deeper = new Map([...classifier, ['features.30.bias', some] as const]);
    expect(() => lpipsExtractor('vgg16', [deeper])).toThrow(
      /missing: lin0\.model\.1\.weight \[1, 2, 1, 1\], .*lin4.*; left over: features\.30\.bias \[1\]$/,
    );
  });

  it('says what has another shape, and what is not finite', () => {
    const changed = (tensor: Tensor) => [new Map([...weights, ['net.slice1.0.bias', tensor] as const])];
    expect(() => lpipsExtractor('vgg16', changed(float32([1, 2], [0, 0])))).toThrow(
      /of another shape: net\.slice1\.0\.bias is \[1, 2\] and not \[2\]$/,
    );
    expect(() => lpipsExtractor('vgg16', changed(float32([2], [0, Number.NaN])))).toThrow(
      'these are not the weights of LPIPS 0.1 on vgg16: not finite: net.slice1.0.bias (element 1 is NaN)',
    );
  });

  it('refuses two files that hold the same tensor', () => {
    expect(() => lpipsExtractor('vgg16', [weights, linear])).toThrow(
      'both files hold the tensor lin0.model.1.weight',
    );
  });

  it('knows the layers of another backbone from those of its own', () => {
    expect(() => lpipsExtractor('alexnet', [weights])).toThrow(
      /missing: net\.slice2\.3\.weight .*left over: /,
    );
  });
});
