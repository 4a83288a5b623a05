import { describe, expect, it } from 'vitest';
import { channelScaling, type Extractor, ExtractorError, parseExtractor } from './extractor.ts';

const features = {
  schemaVersion: 1,
  name: 'fid-inception',
  network: 'Inception v3',
  kind: 'features',
  picture: { range: [0, 255], size: { width: 299, height: 299 } },
  onnx: { file: 'network.onnx', sha256: 'a'.repeat(64), bytes: 7, input: 'picture', output: 'features' },
  dimension: 2048,
  provenance: {
    createdAt: '2026-01-02T03:04:05Z',
    software: 'unpaired 1',
    sources: [{ file: 'weights.pth', sha256: 'b'.repeat(64) }],
  },
};
const { size, ...free } = features.picture;
const lpips = {
  ...features,
  kind: 'lpips',
  picture: { ...free, minimumSize: 16 },
  onnx: { file: 'network.onnx', sha256: 'a'.repeat(64), bytes: 7, inputs: ['x', 'y'], output: 'distance' },
  dimension: undefined,
};
const parse = (value: unknown) => parseExtractor(JSON.stringify(value), 'extractor.json');

describe('parseExtractor', () => {
  it('fills what is left out', () => {
    expect(parse(features).picture).toEqual({
      range: [0, 255],
      mean: [0, 0, 0],
      deviation: [1, 1, 1],
      size,
      resize: 'clean',
    });
    expect(parse(lpips)).toMatchObject({ kind: 'lpips', onnx: { inputs: ['x', 'y'] } });
  });

  it.each([
    ['an unknown field', { ...features, colour: 1 }, /colour/],
    ['another kind', { ...features, kind: 'depth' }, /kind/],
    ['a name that is a path', { ...features, name: '../up' }, /name: lower-case letters/],
    ['a file elsewhere', { ...features, onnx: { ...features.onnx, file: '../x.onnx' } }, /onnx\.file/],
    ['an empty range', { ...features, picture: { ...features.picture, range: [1, 1] } }, /picture\.range/],
    [
      'a deviation of 0',
      { ...features, picture: { ...features.picture, deviation: [1, 0, 1] } },
      /picture\.deviation: above 0/,
    ],
    ['features without a size', { ...features, picture: free }, /picture\.size/],
    ['distances with one input', { ...lpips, onnx: features.onnx }, /onnx\.inputs/],
  ])('refuses %s', (_, value, message) => {
    expect(() => parse(value)).toThrow(ExtractorError);
    expect(() => parse(value)).toThrow(message);
  });

  it('says what is no JSON', () => {
    expect(() => parseExtractor('{', 'here/extractor.json')).toThrow(/^here\/extractor\.json is not JSON/);
  });
});

it('scales a value of 0..255 into the range, then by mean and deviation', () => {
  const picture = { ...free, range: [-1, 1], mean: [0, 0.5, -1], deviation: [1, 0.25, 2], minimumSize: 1 };
  const { scale, shift } = channelScaling(picture as Extractor['picture']);
  const fed = (v: number) => scale.map((factor, channel) => v * factor + (shift[channel] as number));
  expect(fed(0)).toEqual([-1, -6, 0]);
  expect(fed(255)).toEqual([1, 2, 1]);
});
