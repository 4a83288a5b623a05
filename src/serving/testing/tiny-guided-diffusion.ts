import { transitionColumns } from '../../core/diffusion/transition.ts';
import { tinyModel } from '../../testing/tiny-model.ts';

const float = 1;
const int64 = 7;

/** Of integers that the graph casts; the writer has floats only. */
const numbers = (...values: number[]) => ({ shape: [values.length], values: Float32Array.from(values) });

/** Picks a number of each transition out of its row. */
const column = (index: number) => ({
  shape: [transitionColumns.length, 1],
  values: Float32Array.from(transitionColumns, (_, place) => Number(place === index)),
});

/** How much each part weighs in the noise of {@link tinyGuidedDiffusion}. */
export const tinyGuidance = { ofTime: 0.01, ofFaithfulness: 0.1, ofRealism: 0.01 } as const;

/**
 * Steps by their interface, with a noise that shows what they were given: tanh(state) + 0.01 time, and in the guided one
 * 0.1 lambda_i (state - source as noised) + 0.01 lambda_s more. No picture's depends on another's.
 */
export function tinyGuidedDiffusion({ height, width }: { readonly height: number; readonly width: number }) {
  return { step: step({ height, width }, true), 'plain-step': step({ height, width }, false) };
}

function step({ height, width }: { height: number; width: number }, isGuided: boolean): Uint8Array {
  const planes = (name: string) => ({ name, dtype: 'float32', shape: ['n', 3, height, width] }) as const;
  const number = (name: string) => ({ name, dtype: 'float32', shape: ['n'] }) as const;
  const picture = (name: string) => ({ name, dtype: 'uint8', shape: ['n', height, width, 3] }) as const;
  const { ofTime, ofFaithfulness, ofRealism } = tinyGuidance;
  return tinyModel({
    inputs: [
      planes('state'),
      planes('step_noise'),
      planes('previous_clean'),
      number('time'),
      { name: 'coefficients', dtype: 'float32', shape: ['n', transitionColumns.length] },
      ...(isGuided
        ? [picture('source'), planes('start_noise'), number('realism'), number('faithfulness')]
        : []),
    ],
    outputs: [planes('next_state'), planes('clean'), picture('picture')],
    weights: {
      'beside as floats': numbers(1, 2, 3),
      'further as floats': numbers(2, 3),
      half: { shape: [], values: Float32Array.of(127.5) },
      one: { shape: [], values: Float32Array.of(1) },
      'of time': { shape: [], values: Float32Array.of(ofTime) },
      'of faithfulness': { shape: [], values: Float32Array.of(ofFaithfulness) },
      'of realism': { shape: [], values: Float32Array.of(ofRealism) },
      ...Object.fromEntries(transitionColumns.map((name, index) => [`column ${name}`, column(index)])),
    },
    nodes: [
      cast('beside as floats', 'beside', int64),
      cast('further as floats', 'further', int64),
      ...transitionColumns.flatMap((name) => [
        { operator: 'MatMul', inputs: ['coefficients', `column ${name}`], outputs: [`row ${name}`] },
        { operator: 'Unsqueeze', inputs: [`row ${name}`, 'further'], outputs: [name] },
      ]),
      ...perItem('time', 'of time'),
      binary('Tanh', 'state', undefined, 'bounded'),
      binary('Add', 'bounded', 'weighed time', 'own noise'),
      ...(isGuided ? guidance() : [binary('Identity', 'own noise', undefined, 'noise')]),
      binary('Mul', 'deviation', 'noise', 'scaled'),
      binary('Sub', 'state', 'scaled', 'shrunk'),
      binary('Div', 'shrunk', 'signal', 'clean'),
      binary('Mul', 'ofState', 'state', 'term 1'),
      binary('Mul', 'ofNoisePrediction', 'noise', 'term 2'),
      binary('Mul', 'ofPreviousClean', 'previous_clean', 'term 3'),
      binary('Mul', 'ofNoise', 'step_noise', 'term 4'),
      { operator: 'Sum', inputs: ['term 1', 'term 2', 'term 3', 'term 4'], outputs: ['next_state'] },
      {
        operator: 'Transpose',
        inputs: ['clean'],
        outputs: ['last'],
        integers: { perm: [0, 2, 3, 1] },
      },
      binary('Add', 'last', 'one', 'positive'),
      binary('Mul', 'positive', 'half', 'levels'),
      binary('QuantizeLinear', 'levels', 'one', 'picture'),
    ],
  });
}

function guidance() {
  return [
    cast('source', 'bytes', float),
    { operator: 'Transpose', inputs: ['bytes'], outputs: ['planes'], integers: { perm: [0, 3, 1, 2] } },
    binary('Div', 'planes', 'half', 'unit'),
    binary('Sub', 'unit', 'one', 'source planes'),
    binary('Mul', 'signal', 'source planes', 'kept'),
    binary('Mul', 'deviation', 'start_noise', 'added'),
    binary('Add', 'kept', 'added', 'perturbed'),
    binary('Sub', 'state', 'perturbed', 'difference'),
    ...perItem('faithfulness', 'of faithfulness'),
    ...perItem('realism', 'of realism'),
    binary('Mul', 'weighed faithfulness', 'difference', 'pull'),
    { operator: 'Sum', inputs: ['own noise', 'pull', 'weighed realism'], outputs: ['noise'] },
  ];
}

/** [n] to [n, 1, 1, 1], weighed. */
function perItem(name: string, weight: string) {
  return [
    { operator: 'Unsqueeze', inputs: [name, 'beside'], outputs: [`wide ${name}`] },
    binary('Mul', `wide ${name}`, weight, `weighed ${name}`),
  ];
}

function cast(from: string, to: string, type: number) {
  return { operator: 'Cast', inputs: [from], outputs: [to], integers: { to: type } };
}

function binary(operator: string, left: string, right: string | undefined, output: string) {
  return { operator, inputs: right === undefined ? [left] : [left, right], outputs: [output] };
}
