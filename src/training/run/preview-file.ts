/** What a preview shows: pictures of a domain and what becomes of them, pictures that are made up, or those that noise becomes. */
export const previewNames = ['from-A', 'from-B', 'generated', 'samples'] as const;
export type PreviewName = (typeof previewNames)[number];

const filePattern = new RegExp(`^step-(\\d{8,})-(${previewNames.join('|')})\\.png$`);

/** For instance `step-00012000-from-A.png`. */
export function previewFile(step: number, name: PreviewName): string {
  return `step-${String(step).padStart(8, '0')}-${name}.png`;
}

/** What a file of the folder of previews shows; undefined for other files. */
export function parsePreviewFile(file: string): { step: number; name: PreviewName } | undefined {
  const [, step, found] = filePattern.exec(file) ?? [];
  const name = previewNames.find((each) => each === found);
  return name && { step: Number(step), name };
}
