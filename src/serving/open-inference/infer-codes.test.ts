import { afterAll, beforeAll, expect, it } from 'vitest';
import { blankPixels, decode, encode } from '../../image/index.ts';
import { LanePool } from '../../runtime/index.ts';
import { sampleCode } from '../guidance/attribute-code.ts';
import { pictureForm, startHarness } from '../testing/harness.ts';
import { tinyCodeSize, writeExemplarGuidedPackage } from '../testing/model-package.ts';

/** A model of several networks, for clients that speak tensors: a picture and a code in, a picture out. */

let service: Awaited<ReturnType<typeof startHarness<LanePool>>>;
beforeAll(async () => {
  service = await startHarness<LanePool>({
    lanes: await LanePool.start({ lanes: 1, threadsPerLane: 1, provider: 'cpu' }),
    models: (root) => writeExemplarGuidedPackage(root, { name: 'many' }),
  });
});
afterAll(() => service?.close());

const pixels = blankPixels({ width: 16, height: 16 }, [200, 100, 50]);
const codes = [0, 1].map((place) => sampleCode(4, place, tinyCodeSize));
const infer = (attribute: readonly (readonly number[])[], pictures = attribute.length) =>
  service.app.inject({
    method: 'POST',
    url: '/v2/models/many/infer',
    payload: {
      inputs: [
        {
          name: 'picture',
          datatype: 'UINT8',
          shape: [pictures, 16, 16, 3],
          data: Array.from({ length: pictures }, () => [...pixels.data]).flat(),
        },
        {
          name: 'attribute',
          datatype: 'FP32',
          shape: [attribute.length, attribute[0]?.length ?? 0],
          data: attribute.flat(),
        },
      ],
    },
  });

it('says what it takes', async () => {
  const { inputs, outputs } = (await service.app.inject({ url: '/v2/models/many' })).json();
  expect(inputs).toEqual([
    { name: 'picture', datatype: 'UINT8', shape: [-1, -1, -1, 3] },
    { name: 'attribute', datatype: 'FP32', shape: [-1, tinyCodeSize] },
  ]);
  expect(outputs).toEqual([{ name: 'output', datatype: 'UINT8', shape: [-1, -1, -1, 3] }]);
});

it('makes of each picture and its code what a translation makes', async () => {
  const answer = await infer(codes);
  expect(answer.statusCode, answer.body.slice(0, 300)).toBe(200);
  const [output] = answer.json().outputs;
  expect(output.shape).toEqual([2, 16, 16, 3]);
  const image = await encode(pixels, { format: 'png' });
  for (const [index, code] of codes.entries()) {
    const body = pictureForm(image, { attribute: JSON.stringify(code) });
    const translated = await service.app.inject({ method: 'POST', url: '/translate/many', ...body });
    const made = [...(await decode(translated.rawPayload)).data];
    expect(output.data.slice(index * made.length, (index + 1) * made.length)).toEqual(made);
  }
});

it('refuses codes of another length, and more pictures than codes', async () => {
  expect((await infer([[1, 2, 3]])).json()).toMatchObject({
    error: expect.stringContaining('input "attribute" has shape [-1, 8], -1 for any, got [1, 3]'),
  });
  expect((await infer(codes, 3)).json()).toMatchObject({
    error: expect.stringContaining('input "attribute" holds 2 pictures, "picture" 3'),
  });
});
