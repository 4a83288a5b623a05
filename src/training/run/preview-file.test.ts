import { expect, it } from 'vitest';
import { parsePreviewFile, previewFile, previewNames } from './preview-file.ts';

it('reads the names that it gives', () => {
  expect(previewFile(12_000, 'from-A')).toBe('step-00012000-from-A.png');
  for (const name of previewNames) expect(parsePreviewFile(previewFile(7, name))).toEqual({ step: 7, name });
});

it.each(['step-7-from-A.png', 'step-00000007-from-C.png', 'step-00000007-from-A.png.partial', ''])(
  'passes over "%s"',
  (file) => {
    expect(parsePreviewFile(file)).toBeUndefined();
  },
);
