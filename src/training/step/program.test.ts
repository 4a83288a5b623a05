import { afterEach, expect, it } from 'vitest';
import { float32, toNumbers } from '../../core/tensor.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { outputsOf, Programs } from './program.ts';
import type { PictureSizes } from './step-builder.ts';

const programs = new Programs({ provider: 'cpu', threads: 1 });
afterEach(() => programs.close());

const built: string[] = [];
function take(side: number, name = 'step') {
  const sizes: PictureSizes = { A: [side, side], B: [side, side] };
  return programs.take(sizes, name, () => {
    built.push(`${name} ${side}`);
    const g = new GraphBuilder('double');
    const graph = g.build([g.Mul(g.input('x', 'float32', [1]), 2)]);
    return { graph, feeds: [], changed: [], reports: [], stepsPerRun: 1 };
  });
}

it('keeps the graphs of the four sizes used last', async () => {
  for (const side of [4, 8, 12, 16]) await take(side);
  await take(4, 'other');
  await take(4);
  expect(built).toEqual(['step 4', 'step 8', 'step 12', 'step 16', 'other 4']);
  built.length = 0;
  const program = await take(20);
  // 4 was used again: the oldest is 8.
  for (const side of [4, 12, 16, 20]) await take(side);
  expect(built).toEqual(['step 20']);
  await take(8);
  expect(built).toEqual(['step 20', 'step 8']);
  const [doubled] = await outputsOf(program, { x: float32([1], [3]) });
  expect(doubled && toNumbers(doubled)).toEqual([6]);
});
