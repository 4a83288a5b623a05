import { type Markup, markup } from '../../../core/markup.ts';
import { wholeText } from '../../../core/number-text.ts';
import { formatDuration } from '../progress-line.ts';
import type { RecordedSitting } from '../sittings.ts';

/** Sittings that a page lists at most, the newest. */
const mostSittings = 20;

/** What the run ran on, as of its newest sitting. */
export function environmentSection(sittings: readonly RecordedSitting[]): Markup {
  const newest = sittings.at(-1);
  if (newest === undefined) {
    return markup`<section><h2>Environment</h2><p>Not recorded: the run was made by an earlier version.</p></section>`;
  }
  const facts = Object.entries(environmentOf(newest));
  return markup`<section><h2>Environment</h2><div class="wide"><table>
<tbody>${facts.map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table></div></section>`;
}

/** When the run was started, resumed and stopped. */
export function sittingsSection(sittings: readonly RecordedSitting[]): Markup | undefined {
  if (sittings.length === 0) return undefined;
  const left = sittings.length - mostSittings;
  const heads = ['Began', 'From step', 'To step', 'Lasted', 'Ended', 'Ran on', 'Version'];
  const rows = sittings
    .slice(-mostSittings)
    .map((sitting, index, shown) => sittingRow(sitting, index === shown.length - 1));
  return markup`<section><h2>Sittings</h2>${left > 0 ? markup`<p class="note">The first ${left} are left out.</p>` : undefined}
<div class="wide sittings" role="region" aria-label="Sittings" tabindex="0"><table><thead><tr>${heads.map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div></section>`;
}

function environmentOf({ began }: RecordedSitting): Record<string, string> {
  const note = began.providerNote === undefined ? '' : ` (${began.providerNote})`;
  const pictures = Object.entries(began.pictures).map(
    ([folder, count]) => `${wholeText(count)} in ${folder}`,
  );
  return {
    'Execution provider': `${began.provider}${note}`,
    Processor: `${began.processor}, ${began.processorThreads} threads`,
    Threads: `${began.threads} for training, ${began.workers} for decoding pictures`,
    Memory: `${(began.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    System: began.system,
    Versions: `${began.software}, Node ${began.node}, ONNX Runtime ${began.onnxruntime}`,
    Pictures: pictures.join(', '),
  };
}

function sittingRow({ began, ended }: RecordedSitting, newest: boolean): Markup {
  const seconds = ended && (Date.parse(ended.at) - Date.parse(began.at)) / 1000;
  const outcome = ended?.how ?? (newest ? 'not yet' : 'killed');
  return markup`<tr><th scope="row">${timeText(began.at)}</th><td>${wholeText(began.step)}</td><td>${ended && wholeText(ended.step)}</td><td>${
    seconds === undefined ? undefined : formatDuration(seconds)
  }</td><td>${outcome}</td><td>${began.provider}</td><td>${began.software}</td></tr>`;
}

/** `2026-11-22 06:18 UTC`. @param iso ISO 8601 */
export function timeText(iso: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso;
}
