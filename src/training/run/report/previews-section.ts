import { type Markup, markup } from '../../../core/markup.ts';
import { wholeText } from '../../../core/number-text.ts';
import { type PreviewName, previewNames } from '../preview-file.ts';
import type { ShownPreview } from './preview-pictures.ts';

/** What a preview grid shows: from which domain to which, and whether pictures of the latter are shown as well. */
export interface PreviewDirection {
  readonly kind: 'feed-forward' | 'exemplar-guided';
  readonly from: 'A' | 'B';
  readonly to: 'A' | 'B';
  readonly identity: boolean;
  /** There where pictures are shown as they are made again of their own content and code. */
  readonly own?: object;
}

/** The newest preview of each kind, and earlier ones beside each other. */
export function previewsSection(
  previews: readonly ShownPreview[],
  broken: readonly string[],
  directions: readonly PreviewDirection[],
): Markup {
  const parts = previewNames.flatMap((name) => {
    const shown = previews.filter(({ shows }) => shows === name);
    return shown.length === 0 ? [] : [part(shown, headOf(name, directions))];
  });
  const faults = broken.map((fault) => markup`<li>${fault}</li>`);
  return markup`<section><h2>Previews</h2>${parts.length > 0 ? parts : markup`<p>There are none yet.</p>`}${
    faults.length > 0 ? markup`<p>Not readable:</p><ul>${faults}</ul>` : undefined
  }</section>`;
}

interface PartHead {
  readonly title: string;
  readonly columns: string | undefined;
}

function headOf(name: PreviewName, directions: readonly PreviewDirection[]): PartHead {
  if (name === 'generated') return { title: 'Generated', columns: generatedColumns };
  if (name === 'samples') return { title: 'Samples, of noise alone', columns: undefined };
  const domain = name === 'from-A' ? 'A' : 'B';
  const direction = directions.find(({ from }) => from === domain);
  const target = direction?.to ?? (domain === 'A' ? 'B' : 'A');
  return {
    title: `${domain} to ${target}`,
    columns: direction === undefined ? undefined : columnsText(direction),
  };
}

function part(previews: readonly ShownPreview[], { title, columns }: PartHead): Markup {
  const [newest, ...earlier] = [...previews].reverse();
  return markup`<h3>${title}</h3>${columns && markup`<p class="note">${columns}</p>`}
${newest && markup`<div class="newest">${figure(newest, title)}</div>`}
<div class="previews">${earlier.reverse().map((preview) => figure(preview, title))}</div>`;
}

const generatedColumns =
  'Columns: a test picture of A, made again of its codes; a picture of drawn codes in its style; the same codes in the style of a test picture of B; and that, made again of its own.';

function columnsText({ kind, from, to, identity, own }: PreviewDirection): string {
  if (kind === 'exemplar-guided') {
    const first = own
      ? 'what is made of its own content and code'
      : `its translations to ${to} with random codes`;
    return `Columns: a test picture of ${from}, ${first}, a test picture of ${to}, and the translation with the code of that.`;
  }
  const rest = identity ? `, a test picture of ${to}, and what the translator makes of that` : '';
  return `Columns: a test picture of ${from}, its translation to ${to}${rest}.`;
}

function figure({ step, width, height, data }: ShownPreview, title: string): Markup {
  const when = step === 0 ? 'Before training' : `Step ${wholeText(step)}`;
  return markup`<figure><img src="data:image/webp;base64,${data}" width="${width}" height="${height}" alt="Grid of pictures, ${title}, step ${wholeText(step)}"><figcaption>${when}</figcaption></figure>
`;
}
