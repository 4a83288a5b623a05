import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeNumbers, provenanceHeaders } from './provenance.ts';

describe('codeNumbers', () => {
  it('gives the same float32 again', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 16 }), (code) => {
        expect(Float32Array.from(JSON.parse(JSON.stringify(codeNumbers(code))))).toEqual(
          code.map((x) => x + 0),
        );
      }),
    );
  });

  it('takes no digit more than it needs', () => {
    expect(codeNumbers(Float32Array.of(0.1, -1.25, 1 / 3, 0))).toEqual([0.1, -1.25, 0.33333334, 0]);
  });
});

describe('provenanceHeaders', () => {
  it('says the code of one as a request takes it, and its seed', () => {
    expect(provenanceHeaders([{ attribute: Float32Array.of(0.5, -0.1), seed: 7 }])).toEqual({
      'unpaired-attribute': '[0.5,-0.1]',
      'unpaired-seed': '7',
    });
  });

  it('says the codes of several in their order, and equal seeds once', () => {
    const pictures = [0, 1].map((value) => ({ attribute: [value], seed: 3 }));
    expect(provenanceHeaders(pictures)).toEqual({ 'unpaired-attribute': '[[0],[1]]', 'unpaired-seed': '3' });
    const own = pictures.map((picture, index) => ({ ...picture, seed: 5 + index }));
    expect(provenanceHeaders(own)['unpaired-seed']).toBe('5, 6');
  });

  it('leaves out what not all have', () => {
    expect(provenanceHeaders([{ attribute: [1], seed: 0 }, { attribute: [2] }])).toEqual({
      'unpaired-attribute': '[[1],[2]]',
    });
    expect(provenanceHeaders([{}])).toEqual({});
  });

  it('says sixteen codes of eight numbers, and leaves out what proxies would not take', () => {
    const codes = (size: number) =>
      Array.from({ length: 16 }, () => ({ attribute: new Float32Array(size).fill(-1.2345678) }));
    expect(JSON.parse(provenanceHeaders(codes(8))['unpaired-attribute'] as string)).toHaveLength(16);
    expect(provenanceHeaders(codes(64))).toEqual({});
  });
});
