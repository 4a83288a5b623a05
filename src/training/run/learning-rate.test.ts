import { expect, test } from 'vitest';
import { InvalidArgumentError } from '../../core/errors.ts';
import {
  annealedRate,
  constantRate,
  cosineRate,
  type LearningRateRule,
  linearRate,
  stepRate,
  withWarmUp,
} from './learning-rate.ts';

function during(rule: LearningRateRule, epochs: readonly number[]): number[] {
  return epochs.map(rule);
}

test('constant is one for ever', () => {
  expect(during(constantRate(), [1, 2, 10_000])).toEqual([1, 1, 1]);
});

test('linear keeps the full rate for constantEpochs and comes down to 1 / (decayEpochs + 1)', () => {
  const cut = linearRate({ constantEpochs: 200, decayEpochs: 200 });
  // 1 - (201 - 200) / 201 and so on, by hand.
  expect(during(cut, [1, 199, 200])).toEqual([1, 1, 1]);
  expect(cut(201)).toBeCloseTo(200 / 201, 15);
  expect(cut(300)).toBeCloseTo(101 / 201, 15);
  expect(cut(400)).toBeCloseTo(1 / 201, 15);
  expect(cut(401)).toBe(0);
});

test('linear without decay epochs is full until the end', () => {
  const rule = linearRate({ constantEpochs: 5, decayEpochs: 0 });
  expect(during(rule, [1, 5])).toEqual([1, 1]);
});

test('DRIT counts from 0: full rate until epoch n_ep_decay + 1', () => {
  // n_ep 1200, n_ep_decay 600: 1 - max(0, ep - 600) / 601, ep = epoch - 1.
  const drit = linearRate({ constantEpochs: 600, decayEpochs: 600, epochCount: 0 });
  expect(drit(601)).toBe(1);
  expect(drit(602)).toBeCloseTo(600 / 601, 15);
});

test('EnCo warms up over 20 epochs, then follows the line', () => {
  const enco = withWarmUp(20, linearRate({ constantEpochs: 100, decayEpochs: 100 }));
  expect(during(enco, [1, 2, 19, 20, 21, 100])).toEqual([0.05, 0.1, 0.95, 1, 1, 1]);
  expect(enco(150)).toBeCloseTo(1 - 50 / 101, 15);
});

test('no warm-up leaves the rule alone', () => {
  const rule = linearRate({ constantEpochs: 1, decayEpochs: 3 });
  const epochs = [1, 2, 3, 4];
  expect(during(withWarmUp(0, rule), epochs)).toEqual(during(rule, epochs));
});

test('step multiplies by the factor every so many epochs', () => {
  const rule = stepRate({ everyEpochs: 50 });
  expect(during(rule, [1, 50])).toEqual([1, 1]);
  expect(rule(51)).toBeCloseTo(0.1, 15);
  expect(rule(100)).toBeCloseTo(0.1, 15);
  expect(rule(101)).toBeCloseTo(0.01, 15);
  expect(stepRate({ everyEpochs: 2, factor: 0.5 })(5)).toBe(0.25);
});

test('cosine starts at one, is a half in the middle and stays at zero after the end', () => {
  const rule = cosineRate({ epochs: 10 });
  expect(rule(1)).toBe(1);
  expect(rule(6)).toBeCloseTo(0.5, 15);
  expect(during(rule, [11, 12, 21])).toEqual([0, 0, 0]);
});

test.each([0, -1, 1.5, Number.NaN])('epoch %s is refused with the value seen', (epoch) => {
  const rule = linearRate({ constantEpochs: 1, decayEpochs: 1 });
  expect(() => rule(epoch)).toThrow(InvalidArgumentError);
  expect(() => rule(epoch)).toThrow(`epoch must be an integer of at least 1, got ${epoch}`);
});

test('lengths that make no sense are refused', () => {
  expect(() => linearRate({ constantEpochs: -1, decayEpochs: 1 })).toThrow(InvalidArgumentError);
  expect(() => stepRate({ everyEpochs: 0 })).toThrow(InvalidArgumentError);
  expect(() => cosineRate({ epochs: 0 })).toThrow(InvalidArgumentError);
  expect(() => withWarmUp(0.5, constantRate())).toThrow(InvalidArgumentError);
});

test("EGSDE's classifier begins at the full rate and would be at zero one step after its last", () => {
  const rule = annealedRate({ constantEpochs: 0, decayEpochs: 5000 });
  expect([rule(1), rule(2), rule(2501), rule(5000)]).toEqual([1, 1 - 1 / 5000, 0.5, 1 - 4999 / 5000]);
  expect(annealedRate({ constantEpochs: 2, decayEpochs: 0 })(2)).toBe(1);
});
