import { tinyModel } from '../../testing/tiny-model.ts';

const picture = { dtype: 'uint8', shape: ['n', 'h', 'w', 3] } as const;

/** A translator that changes nothing. */
export const copyModel = tinyModel({
  inputs: [{ name: 'input', ...picture }],
  outputs: [{ name: 'output', ...picture }],
  nodes: [{ operator: 'Identity', inputs: ['input'], outputs: ['output'] }],
});
