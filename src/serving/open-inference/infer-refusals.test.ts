import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/random.ts';
import { largestJson } from './body.ts';
import {
  type Body,
  input,
  inputInBytes,
  inputInJson,
  pictureBytes,
  startInferenceService,
} from './testing/inference-service.ts';

let service: Awaited<ReturnType<typeof startInferenceService>>;
beforeAll(async () => {
  service = await startInferenceService();
});
afterAll(() => service.close());

describe('what is refused', () => {
  const float = { name: 'input', shape: [1, 3, 4, 4], datatype: 'FP32' };
  it.each<[string, string, Body | string, RegExp]>([
    ['no JSON', 'bytes', '{"inputs": [', /^the request is not JSON/],
    ['JSON of another kind', 'bytes', '[]', /expected object/],
    ['no inputs', 'bytes', {}, /^inputs: /],
    ['an empty list of inputs', 'bytes', { inputs: [] }, /^inputs: /],
    [
      'a negative dimension',
      'bytes',
      { inputs: [inputInJson(1, { shape: [1, -4, 4, 3] })] },
      /^inputs\.0\.shape\.1/,
    ],
    ['a fraction', 'bytes', { inputs: [inputInJson(1, { shape: [1, 4.5, 4, 3] })] }, /^inputs\.0\.shape\.1/],
    ['an id that is no text', 'bytes', { id: 7, inputs: [inputInJson(1)] }, /^id: /],
    [
      'an unknown input',
      'bytes',
      { inputs: [inputInJson(1, { name: 'picture' })] },
      /the inputs are input, each once; got picture/,
    ],
    ['an input twice', 'bytes', { inputs: [inputInJson(1), inputInJson(1)] }, /got input, input/],
    [
      'another datatype',
      'bytes',
      { inputs: [inputInJson(1, { datatype: 'FP32' })] },
      /"input" is UINT8, got FP32/,
    ],
    [
      'another layout',
      'bytes',
      { inputs: [inputInJson(1, { shape: [1, 3, 4, 4] })] },
      /has shape \[-1, -1, -1, 3\], -1 for any, got \[1, 3, 4, 4\]/,
    ],
    ['too few dimensions', 'bytes', { inputs: [inputInJson(1, { shape: [4, 4, 3] })] }, /got \[4, 4, 3\]/],
    ['another size of a fixed model', 'fixed', { inputs: [inputInJson(1)] }, /has shape \[-1, 16, 16, 3\]/],
    [
      'a size that is no multiple',
      'bytes',
      { inputs: [inputInJson(1, { shape: [1, 4, 6, 3] })] },
      /is 6x4; width and height must be multiples of 4/,
    ],
    ['a picture of no height', 'bytes', { inputs: [inputInJson(1, { shape: [1, 0, 4, 3] })] }, /is 4x0/],
    [
      'more pixels than the model takes',
      'small',
      { inputs: [inputInJson(1, { shape: [1, 16, 20, 3] })] },
      /20x16; the model takes at most 256/,
    ],
    ['no pictures', 'bytes', { inputs: [inputInJson(0)] }, /may hold 1 to 6 pictures, got 0/],
    ['more pictures than places', 'bytes', { inputs: [inputInJson(7)] }, /may hold 1 to 6 pictures, got 7/],
    [
      'too little data',
      'bytes',
      { inputs: [inputInJson(1, { data: [1, 2] })] },
      /holds 48 values, data has 2/,
    ],
    [
      'too much data',
      'bytes',
      { inputs: [inputInJson(1, { data: [...pictureBytes(2)] })] },
      /holds 48 values, data has 96/,
    ],
    ['no data', 'bytes', { inputs: [input(1)] }, /has no data and no binary_data_size/],
    [
      'a value out of range',
      'bytes',
      { inputs: [inputInJson(1, { data: Array(48).fill(256) })] },
      /256 is not a value of UINT8/,
    ],
    [
      'a value that is no number',
      'bytes',
      { inputs: [inputInJson(1, { data: Array(48).fill('x') })] },
      /"x" is not a value/,
    ],
    [
      'a value that a float cannot hold',
      'floats',
      { inputs: [{ ...float, data: Array(48).fill(1e39) }] },
      /not a value of FP32/,
    ],
    [
      'nesting without end',
      'bytes',
      { inputs: [inputInJson(1, { data: JSON.parse('['.repeat(99) + ']'.repeat(99)) })] },
      /is not a value/,
    ],
    [
      'more values than are read from JSON',
      'bytes',
      { inputs: [inputInJson(1, { shape: [1, 1024, 1024, 3], data: [] })] },
      /3145728 values; in JSON at most 1048576/,
    ],
    [
      'an unknown output',
      'bytes',
      { inputs: [inputInJson(1)], outputs: [{ name: 'mask' }] },
      /no output "mask"; the outputs are output/,
    ],
    [
      'shared memory',
      'bytes',
      { inputs: [inputInJson(1, { parameters: { shared_memory_region: 'x' } })] },
      /shared memory is not supported/,
    ],
    [
      'bytes that are announced without the header',
      'bytes',
      { inputs: [inputInBytes(1)] },
      /binary_data_size 48, but 0 bytes are left/,
    ],
  ])('%s', async (_what, model, body, message) => {
    const runs = service.lanes.runs.length;
    const answer = await service.infer(model, body);
    expect([answer.statusCode, Object.keys(answer.json())]).toEqual([400, ['error']]);
    expect(answer.json().error).toMatch(message);
    expect(service.lanes.runs.length).toBe(runs);
    expect(await service.metrics()).toContain('unpaired_admitted_items 0');
  });

  it.each<[string, Body, number, Record<string, string>, RegExp]>([
    [
      'a length that is no number',
      { inputs: [inputInBytes(1)] },
      48,
      { 'inference-header-content-length': 'x' },
      /must be the bytes of JSON/,
    ],
    [
      'a negative length',
      { inputs: [inputInBytes(1)] },
      48,
      { 'inference-header-content-length': '-5' },
      /got "-5"/,
    ],
    [
      'a length of nothing',
      { inputs: [inputInBytes(1)] },
      48,
      { 'inference-header-content-length': '0' },
      /got "0"/,
    ],
    [
      'a length beyond the body',
      { inputs: [inputInBytes(1)] },
      48,
      { 'inference-header-content-length': '99999' },
      /got "99999"/,
    ],
    [
      'a length in the middle of the JSON',
      { inputs: [inputInBytes(1)] },
      48,
      { 'inference-header-content-length': '9' },
      /not JSON/,
    ],
    [
      'too few bytes',
      { inputs: [inputInBytes(1)] },
      40,
      {},
      /has binary_data_size 48, but 40 bytes are left/,
    ],
    ['too many bytes', { inputs: [inputInBytes(1)] }, 50, {}, /2 bytes after the JSON belong to no input/],
    [
      'a size that is not that of the shape',
      { inputs: [inputInBytes(1, { parameters: { binary_data_size: 47 } })] },
      47,
      {},
      /takes 48 bytes by its shape, binary_data_size is 47/,
    ],
    [
      'a size that is no number',
      { inputs: [inputInBytes(1, { parameters: { binary_data_size: '48' } })] },
      48,
      {},
      /binary_data_size/,
    ],
    ['data as well', { inputs: [inputInBytes(1, { data: [1] })] }, 48, {}, /one of them/],
  ])('binary: %s', async (_what, body, length, headers, message) => {
    const answer = await service.infer('bytes', body, new Uint8Array(length), headers);
    expect([answer.statusCode, answer.json().error]).toEqual([400, expect.stringMatching(message)]);
  });

  it('more JSON than is parsed, more bytes than are taken', async () => {
    const long = await service.infer('bytes', {
      id: 'x',
      padding: 'x'.repeat(largestJson),
      inputs: [inputInJson(1)],
    });
    expect([long.statusCode, long.json()]).toEqual([
      413,
      { error: expect.stringContaining('4194304 bytes') },
    ]);
    const large = await service.infer('bytes', { inputs: [inputInBytes(1)] }, new Uint8Array(6_000_001));
    expect([large.statusCode, large.json()]).toEqual([413, { error: expect.stringMatching(/larger/) }]);
  });

  it('output that would be too much JSON, before it costs a run', async () => {
    const bytes = new Uint8Array(640 * 640 * 3);
    const input = { name: 'input', shape: [1, 640, 640, 3], datatype: 'UINT8' };
    const inputs = [{ ...input, parameters: { binary_data_size: bytes.length } }];
    const runs = service.lanes.runs.length;
    const answer = await service.infer('bytes', { inputs }, bytes);
    expect([answer.statusCode, answer.json().error]).toEqual([
      400,
      expect.stringMatching(/ask for binary_data_output/),
    ]);
    expect(service.lanes.runs.length).toBe(runs);
    const asked = await service.infer('bytes', { inputs, parameters: { binary_data_output: true } }, bytes);
    expect(asked.statusCode).toBe(200);
  });

  it('random bytes are never a fault of ours', async () => {
    const random = Random.of(3);
    const good = Buffer.from(JSON.stringify({ inputs: [inputInBytes(1)] }));
    for (let round = 0; round < 100; round++) {
      const body = Buffer.concat([good, pictureBytes(1)]);
      for (let change = 0; change <= round % 4; change++)
        body[random.integer(good.length)] = random.integer(256);
      const answer = await service.app.inject({
        method: 'POST',
        url: '/v2/models/bytes/infer',
        headers: { 'inference-header-content-length': String(good.length - (round % 3)) },
        payload: body,
      });
      expect([200, 400]).toContain(answer.statusCode);
    }
  });
});
