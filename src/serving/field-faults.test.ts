import { describe, expect, it } from 'vitest';
import { fieldFaults, type ValidatedRequest } from './field-faults.ts';

const request: ValidatedRequest = {
  params: {},
  headers: { 'x-priority': 'late' },
  query: { steps: ['3', '4'], attribute: '9'.repeat(100) },
  body: { steps: '1.5', inputs: [{ shape: [1] }, { shape: [-2] }] },
};
const fault = (validationContext: string, instancePath: string, seen: ValidatedRequest | undefined) =>
  fieldFaults({ validationContext, validation: [{ instancePath, message: 'a number' }] }, seen);

describe('faults of fields', () => {
  it.each([
    ['body', '/steps', { location: 'form', field: 'steps', message: 'a number, got "1.5"' }],
    [
      'body',
      '/inputs/1/shape/0',
      { location: 'form', field: 'inputs.1.shape.0', message: 'a number, got -2' },
    ],
    ['body', '/inputs', { location: 'form', field: 'inputs', message: 'a number' }],
    ['body', '/image', { location: 'form', field: 'image', message: 'a number' }],
    ['body', '/none/of/these', { location: 'form', field: 'none.of.these', message: 'a number' }],
    ['headers', '/x-priority', { location: 'header', field: 'x-priority', message: 'a number, got "late"' }],
    ['querystring', '/steps', { location: 'query', field: 'steps', message: 'is given more than once' }],
    [
      'querystring',
      '/attribute',
      { location: 'query', field: 'attribute', message: `a number, got "${'9'.repeat(39)}...` },
    ],
  ])('tell what %s%s is', (context, path, expected) => {
    expect(fault(context, path, request)).toEqual([expected]);
  });

  it('tell what was expected, where the request is not at hand', () => {
    expect(fault('body', '/steps', undefined)).toEqual([
      { location: 'form', field: 'steps', message: 'a number' },
    ]);
  });
});
