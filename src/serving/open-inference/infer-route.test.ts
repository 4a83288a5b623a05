import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
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

describe('tensors in, tensors out', () => {
  it('as JSON; the id comes back', async () => {
    const answer = await service.infer('bytes', { id: 'request-7', inputs: [inputInJson(1)] });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch('application/json');
    expect(answer.json()).toEqual({
      model_name: 'bytes',
      model_version: '1',
      id: 'request-7',
      outputs: [
        {
          name: 'output',
          shape: [1, 4, 4, 3],
          datatype: 'UINT8',
          data: [...pictureBytes(1)].map((value) => 255 - value),
        },
      ],
    });
    expect(answer.headers['server-timing']).toMatch(
      /^preprocess;dur=.*, queue;dur=.*, run;dur=.*, postprocess/,
    );
  });

  it('as nested JSON', async () => {
    const values = [...pictureBytes(1)];
    const rows = Array.from({ length: 4 }, (_, row) =>
      Array.from({ length: 4 }, (_, column) =>
        values.slice((row * 4 + column) * 3, (row * 4 + column) * 3 + 3),
      ),
    );
    const nested = await service.infer('bytes', { inputs: [inputInJson(1, { data: [rows] })] });
    expect(nested.json()).toEqual((await service.infer('bytes', { inputs: [inputInJson(1)] })).json());
  });

  it.each([
    ['for all outputs', { parameters: { binary_data_output: true } }],
    ['for one output', { outputs: [{ name: 'output', parameters: { binary_data: true } }] }],
  ])('as bytes, %s', async (_what, wish) => {
    const answer = await service.infer('bytes', { inputs: [inputInBytes(2)], ...wish }, pictureBytes(2));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    const length = Number(answer.headers['inference-header-content-length']);
    expect(JSON.parse(answer.rawPayload.subarray(0, length).toString())).toEqual({
      model_name: 'bytes',
      model_version: '1',
      outputs: [
        { name: 'output', shape: [2, 4, 4, 3], datatype: 'UINT8', parameters: { binary_data_size: 96 } },
      ],
    });
    expect([...answer.rawPayload.subarray(length)]).toEqual([...pictureBytes(2)].map((value) => 255 - value));
  });

  it('bytes in and JSON out, JSON in and bytes out, by the output against the request', async () => {
    const toJson = await service.infer('bytes', { inputs: [inputInBytes(1)] }, pictureBytes(1));
    expect(toJson.json().outputs[0].data).toHaveLength(48);
    const outputs = [{ name: 'output', parameters: { binary_data: false } }];
    const stillJson = await service.infer('bytes', {
      inputs: [inputInJson(1)],
      parameters: { binary_data_output: true },
      outputs,
    });
    expect(stillJson.json().outputs[0].data).toEqual(toJson.json().outputs[0].data);
  });

  it('FP32 NCHW where the model takes that', async () => {
    const values = Float32Array.from({ length: 48 }, (_, index) => (index + 0.5) / 24 - 1);
    const input = { name: 'input', shape: [1, 3, 4, 4], datatype: 'FP32' };
    const asJson = await service.infer('floats', { inputs: [{ ...input, data: [...values] }] });
    expect(asJson.json().outputs[0].data).toEqual([...values].map((value) => -value));
    const asBytes = await service.infer(
      'floats',
      {
        inputs: [{ ...input, parameters: { binary_data_size: 192 } }],
        parameters: { binary_data_output: true },
      },
      new Uint8Array(values.buffer),
    );
    const tail = asBytes.rawPayload.subarray(Number(asBytes.headers['inference-header-content-length']));
    expect([...new Float32Array(Uint8Array.from(tail).buffer)]).toEqual([...values].map((value) => -value));
  });

  it('a version can be named', async () => {
    expect((await service.infer('bytes/versions/1', { inputs: [inputInJson(1)] })).json().model_version).toBe(
      '1',
    );
    expect((await service.infer('bytes/versions/2', { inputs: [inputInJson(1)] })).statusCode).toBe(404);
  });
});

describe('batches', () => {
  it('each picture gets what it gets alone, and may share a run', async () => {
    service.lanes.hold();
    const before = service.lanes.runs.length;
    const answer = service.infer('bytes', { inputs: [inputInJson(5)] });
    await expect.poll(() => service.lanes.runs.length).toBeGreaterThan(before);
    expect((await service.metrics()).match(/unpaired_admitted_items (\d+)/)?.[1]).toBe('5');
    service.lanes.release();
    expect((await answer).json().outputs[0]).toMatchObject({
      shape: [5, 4, 4, 3],
      data: [...pictureBytes(5)].map((value) => 255 - value),
    });
    const items = service.lanes.runs.slice(before).map((feeds) => feeds.input?.dims[0] ?? 0);
    expect(items.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(items.length).toBeLessThan(5);
  });

  it('count as that many at admission', async () => {
    service.lanes.hold();
    const before = service.lanes.runs.length;
    const first = service.infer('bytes', { inputs: [inputInJson(6)] });
    await expect.poll(() => service.lanes.runs.length).toBe(before + 2);
    const second = await service.infer('bytes', { inputs: [inputInJson(5)] });
    expect([second.statusCode, Number(second.headers['retry-after'])]).toEqual([429, expect.any(Number)]);
    expect(second.json()).toEqual({ error: expect.stringMatching(/places in the queue are taken/) });
    service.lanes.release();
    expect((await first).statusCode).toBe(200);
    expect(await service.metrics()).toContain('unpaired_admitted_items 0');
  });

  it('have the deadline of the header', async () => {
    service.lanes.hold();
    const before = service.lanes.runs.length;
    const answer = service.infer('bytes', { inputs: [inputInJson(5)] }, undefined, {
      'x-request-timeout': '0.2',
    });
    await expect.poll(() => service.lanes.runs.length).toBe(before + 2);
    expect((await answer).statusCode).toBe(504);
    service.lanes.release();
    const wrong = await service.infer('bytes', { inputs: [inputInJson(1)] }, undefined, {
      'x-priority': 'highest',
    });
    expect([wrong.statusCode, wrong.json().error]).toEqual([400, expect.stringContaining('x-priority')]);
  });

  it('one picture that fails fails the request, and its places are free again', async () => {
    const data = [...pictureBytes(3)];
    data[48] = 99;
    const answer = await service.infer('bad-graph', { inputs: [inputInJson(3, { data })] });
    expect([answer.statusCode, answer.json()]).toEqual([
      500,
      { error: 'The service met an internal error.' },
    ]);
    expect(await service.metrics()).toContain('unpaired_admitted_items 0');
    expect((await service.infer('bad-graph', { inputs: [inputInJson(3)] })).statusCode).toBe(200);
  });
});
