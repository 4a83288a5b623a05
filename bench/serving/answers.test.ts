import { expect, it } from 'vitest';
import { blankPixels, encode } from '../../src/image/index.ts';
import { judgeAnswers } from './answers.ts';
import type { Answer } from './load.ts';

const picture = async (red: number, format: 'png' | 'webp' = 'png') =>
  Buffer.from(await encode(blankPixels({ width: 8, height: 8 }, [red, 0, 0]), { format }));
const answer = (client: number, body: Buffer, status = 200): Answer => ({
  client,
  status,
  body,
  milliseconds: 1,
  serverTiming: '',
});

it('finds answers that belong to another client, and errors, with what was said', async () => {
  const alone = [await picture(10), await picture(200)];
  const answers = [
    answer(0, await picture(10)),
    answer(1, await picture(10)),
    answer(1, await picture(200)),
    answer(0, Buffer.from('full'), 429),
    answer(0, Buffer.from('connection reset'), 0),
  ];
  expect(await judgeAnswers(answers, alone)).toEqual({ errors: 2, different: 1, firstError: '429 full' });
});

it('compares pixels where the bytes differ', async () => {
  const alone = [await picture(0)];
  const verdict = await judgeAnswers([answer(0, await picture(0, 'webp'))], alone);
  expect(verdict).toEqual({ errors: 0, different: 0, firstError: undefined });
});
