import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../core/tensor.ts';
import { readCheckpoint, stateDict } from '../training/pytorch/index.ts';
import { type CaseResult, type Judged, runCase } from './run-case.ts';
import { changeFloat, copyOf, editCase, fixture, fixtures, temporaryFolders } from './testing/case-copies.ts';

const temporary = temporaryFolders();

/** Results of undamaged fixtures, each computed once. */
const results = new Map<string, Promise<CaseResult>>();

function runFixture(name: string): Promise<CaseResult> {
  const result = results.get(name) ?? runCase(fixture(name));
  results.set(name, result);
  return result;
}

function judgedOf(result: CaseResult): Judged {
  if ('judged' in result) return result.judged;
  throw new Error(`${result.name} was not judged: ${JSON.stringify(result)}`);
}

function failures(result: CaseResult): string[] {
  return judgedOf(result)
    .comparisons.filter(({ ok }) => !ok)
    .map(({ output }) => output);
}

describe('our own code gives what the research code gave', () => {
  const cases = readdirSync(fixtures, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it.each(cases.map(({ name }) => name))('%s', async (name) => {
    const result = await runFixture(name);
    expect(failures(result)).toEqual([]);
    expect(result.status).toBe('ok');
    expect(judgedOf(result).unread).toEqual([]);
  });

  it('in every case that is there', () => {
    expect(cases.length).toBe(26);
  });
});

describe('a PyTorch fault is imitated only where it is', () => {
  it('in the gradients of the generator at batch 1, with a note', async () => {
    const judged = judgedOf(await runFixture('D_fastcut_step_flipped'));
    expect(judged.footnote).toMatch(/fault of its instance_norm/);
    const others = judged.recovered.filter((output) => !/^(grad|after_step)\.G\./.test(output));
    expect(others).toEqual(['grad_norms']);
  });

  it('and not at batch 2', async () => {
    expect(judgedOf(await runFixture('D_cut_step_batch2'))).not.toHaveProperty('footnote');
  });
});

describe('what is wrong is noticed', () => {
  it('an output of other numbers fails, and no other', async () => {
    const folder = copyOf('B_pixel', temporary());
    changeFloat(join(folder, 'out_grad.x.bin'), 5, (value) => value + 1e-4);
    const result = await runCase(folder);
    expect(result.status).toBe('failed');
    expect(failures(result)).toEqual(['grad.x']);
  });

  it('a saved integer that differs fails', async () => {
    const folder = copyOf('C_imagepool', temporary());
    const path = join(folder, 'out_used.i64.bin');
    const bytes = readFileSync(path);
    bytes.writeBigInt64LE(7n, 8);
    writeFileSync(path, bytes);
    expect(failures(await runCase(folder))).toEqual(['used']);
  });

  it('another input fails', async () => {
    const folder = copyOf('C_patchnce_cut', temporary());
    changeFloat(join(folder, 'in_k.bin'), 3, (value) => value + 0.1);
    expect((await runCase(folder)).status).toBe('failed');
  });

  it('a changed weight fails, and a damaged file of weights', async () => {
    const folder = copyOf('B_pixel', temporary());
    const path = join(folder, 'weights.pth');
    const bytes = readFileSync(path);
    const entry = bytesOf(stateDict(readCheckpoint(bytes)).get('net.0.weight') as Tensor);
    const place = bytes.indexOf(entry);
    const before = littleEndian(crc32(entry));
    bytes.writeFloatLE(bytes.readFloatLE(place) + 0.5, place);
    writeFileSync(path, bytes);
    expect(await runCase(folder)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/damaged: checksum/),
    });
    const after = littleEndian(crc32(bytes.subarray(place, place + entry.length)));
    for (let at = bytes.indexOf(before); at >= 0; at = bytes.indexOf(before)) after.copy(bytes, at);
    writeFileSync(path, bytes);
    expect(failures(await runCase(folder))).toContain('y');
  });

  it('an option of another value fails', async () => {
    const folder = copyOf('C_patchnce_cut_b2', temporary());
    editCase(folder, ({ constructor_args: given }) => Object.assign(given, { nce_T: 0.08 }));
    expect(failures(await runCase(folder))).toEqual(['loss.each', 'grad.each', 'loss.all', 'grad.all']);
  });

  it('weights of another network fail with the keys', async () => {
    const folder = copyOf('B_pixel', temporary());
    editCase(folder, ({ constructor_args: given }) => Object.assign(given, { netD: 'basic' }));
    expect(await runCase(folder)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/missing: model\.0\.weight.*left over: net\.0\.weight/),
    });
  });

  it('an output that we do not know fails by name', async () => {
    const folder = copyOf('C_ganloss', temporary());
    editCase(folder, ({ outputs }) => Object.assign(outputs[0] ?? {}, { name: 'grad.relativistic.real' }));
    const result = await runCase(folder);
    expect(failures(result)).toEqual(['grad.relativistic.real']);
    expect(judgedOf(result).worst.reason).toBe('is not produced');
  });

  it('an element of a vector that we do not know fails the vector', async () => {
    const folder = copyOf('C_ganloss', temporary());
    editCase(folder, ({ outputs }) => {
      const losses = outputs.find(({ name }) => name === 'losses') as { elements: string[] };
      losses.elements[0] = 'relativistic.real';
    });
    expect(failures(await runCase(folder))).toEqual(['losses']);
  });

  it('random draws that the case does not have are missed, not invented', async () => {
    const folder = copyOf('D_fastcut_step_flipped', temporary());
    editCase(folder, (declaration) => declaration.inputs.pop());
    expect(await runCase(folder)).toMatchObject({
      status: 'malformed',
      reason: expect.stringContaining('has no input "ids.NCE.l4"'),
    });
  });
});

describe('a case', () => {
  it('names arguments that nothing looked at', async () => {
    const folder = copyOf('C_imagepool', temporary());
    editCase(folder, ({ constructor_args: given }) => Object.assign(given, { colour: 'red' }));
    expect(judgedOf(await runCase(folder)).unread).toEqual(['colour']);
  });
});

function bytesOf({ data }: Tensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

function littleEndian(word: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(word);
  return bytes;
}
