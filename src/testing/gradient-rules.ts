import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gradientRules } from '../autodiff/rules/index.ts';
import type { GradientRule } from '../autodiff/rules/rule.ts';
import type { OperatorName } from '../onnx/operators/index.ts';
import { type GradientCase, gradcheck, gradientOf } from './gradcheck.ts';

/** Random uses of one operator. */
export interface CaseFamily<P = unknown> {
  /** Shapes, attributes and a seed: what a failing test prints. */
  readonly parameters: fc.Arbitrary<P>;
  readonly toCase: (parameters: P) => GradientCase;
}

/** The type of P stays inside, so that families of different parameters stand in one table. */
export function family<P>(parameters: fc.Arbitrary<P>, toCase: (parameters: P) => GradientCase): CaseFamily {
  return {
    parameters: parameters as fc.Arbitrary<unknown>,
    toCase: toCase as (parameters: unknown) => GradientCase,
  };
}

/** Random cases for each; set to search further, for example GRADCHECK_RUNS=500 GRADCHECK_SEED=3. */
const numRuns = Number(process.env.GRADCHECK_RUNS ?? 15);
const seed = Number(process.env.GRADCHECK_SEED ?? 20);

/** For an operator of a rule table: random cases for finite differences, or why there are none. */
export type Expectation = readonly CaseFamily[] | 'not differentiable' | 'zero gradient';

/**
 * Tests every rule of a table: against finite differences on random cases, its derivatives likewise, and that the
 * check notices when the rule is one percent off. The type of `expectations` demands an entry for every operator.
 */
export function describeRules<K extends OperatorName>(
  rules: Readonly<Record<K, GradientRule>>,
  expectations: Readonly<Record<K, Expectation>>,
): void {
  it('has an expectation for every rule', () => {
    expect(Object.keys(expectations).sort()).toEqual(Object.keys(rules).sort());
  });
  for (const [operator, expectation] of Object.entries(expectations) as [OperatorName, Expectation][]) {
    describe(operator, () => {
      if (expectation === 'not differentiable') refuses(operator);
      else if (expectation === 'zero gradient') givesNothing(operator);
      else for (const cases of expectation) agrees(operator, cases);
    });
  }
}

function agrees(operator: OperatorName, { parameters, toCase }: CaseFamily): void {
  const property = (check: (subject: GradientCase) => Promise<void>) =>
    fc.assert(
      fc.asyncProperty(parameters, (drawn) => check(toCase(drawn))),
      { numRuns, seed, endOnFailure: false },
    );
  it('agrees with finite differences', () => property((subject) => gradcheck(subject)));
  it('has right second derivatives', () => property((subject) => gradcheck(gradientOf(subject))));
  it('is noticed when it is one percent off', async () => {
    const drawn = fc.sample(parameters, { seed, numRuns: 4 });
    const rules = { ...gradientRules, [operator]: onePercentOff(gradientRules[operator]) };
    const results = await Promise.allSettled(drawn.map((some) => gradcheck(toCase(some), rules)));
    expect(results.map(({ status }) => status)).toContain('rejected');
  });
}

function refuses(operator: OperatorName): void {
  it('says that it is not differentiable', () => {
    const node = { name: 'it', operator, inputs: [], outputs: [], attributes: {} };
    const context = { g: {} as never, node, cotangents: [], wanted: [] };
    expect(() => gradientRules[operator](context)).toThrow(
      `${operator} it is not differentiable; put StopGradient before it, or a straight-through estimator around it`,
    );
  });
}

function givesNothing(operator: OperatorName): void {
  it('passes no gradient on', () => {
    const node = { name: 'it', operator, inputs: [], outputs: [], attributes: {} };
    const context = { g: {} as never, node, cotangents: [], wanted: [] };
    expect(gradientRules[operator](context)).toEqual([]);
  });
}

function onePercentOff(rule: GradientRule): GradientRule {
  return (context) => rule(context).map((gradient) => gradient && context.g.Mul(gradient, 1.01));
}
