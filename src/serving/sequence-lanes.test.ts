import { describe, expect, it } from 'vitest';
import type { LaneState } from './lanes.ts';
import { SequenceLanes } from './sequence-lanes.ts';

const lanesOf = (...states: LaneState['state'][]) => states.map((state) => ({ state }));

describe('SequenceLanes', () => {
  it('gives each sequence to the lane with the fewest, and leaves it there', () => {
    const sequences = new SequenceLanes();
    const lanes = lanesOf('busy', 'idle', 'busy');
    expect(['a', 'b', 'c', 'd'].map((name) => sequences.laneOf(name, lanes))).toEqual([0, 1, 2, 0]);
    sequences.forget('b');
    expect(sequences.laneOf('e', lanes)).toBe(1);
    expect(sequences.laneOf('d', lanes)).toBe(0);
    expect(sequences.size).toBe(4);
  });

  it('moves a sequence when its lane is down, and begins none there', () => {
    const sequences = new SequenceLanes();
    expect(sequences.laneOf('a', lanesOf('idle', 'idle'))).toBe(0);
    expect(sequences.laneOf('a', lanesOf('dead', 'idle'))).toBe(1);
    expect(sequences.laneOf('b', lanesOf('starting', 'idle'))).toBe(1);
    expect(sequences.laneOf('a', lanesOf('idle', 'idle'))).toBe(1);
    expect(sequences.laneOf('c', lanesOf('dead', 'dead'))).toBe(0);
  });

  it('moves a loop to where there are fewer, and no sequence, whose lane keeps something', () => {
    const lanes = lanesOf('idle', 'idle');
    for (const [laneOf, moves] of [
      ['laneOf', false],
      ['laneOfLoop', true],
    ] as const) {
      const sequences = new SequenceLanes();
      for (const name of ['a', 'b', 'c', 'd', 'e']) sequences[laneOf](name, lanes);
      sequences.forget('b');
      // Two on lane 1 where there was one: as many as could be evened out.
      expect(sequences[laneOf]('a', lanes)).toBe(moves ? 1 : 0);
      expect(sequences[laneOf]('c', lanes)).toBe(0);
      expect(sequences[laneOf]('d', lanes)).toBe(1);
    }
    const loops = new SequenceLanes();
    for (const name of ['a', 'b']) loops.laneOfLoop(name, lanesOf('idle', 'dead'));
    expect(loops.laneOfLoop('a', lanesOf('idle', 'dead'))).toBe(0);
    expect(loops.laneOfLoop('a', lanes)).toBe(1);
  });

  it('follows a sequence that was run elsewhere, unless it is over', () => {
    const sequences = new SequenceLanes();
    const lanes = lanesOf('idle', 'idle');
    sequences.laneOf('a', lanes);
    sequences.moved('a', 1);
    expect(sequences.laneOf('a', lanes)).toBe(1);
    sequences.forget('a');
    sequences.moved('a', 1);
    expect(sequences.size).toBe(0);
  });
});
