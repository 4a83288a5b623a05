import { type Markup, markup } from '../../../core/markup.ts';
import { valueText, wholeText } from '../../../core/number-text.ts';
import { formatDuration } from '../progress-line.ts';
import type { RunStatus } from '../run-status.ts';
import { timeText } from './environment-section.ts';

export interface RunTitle {
  /** Name of the run's folder. */
  readonly name: string;
  /** When the page was made, ISO 8601. */
  readonly madeAt: string;
}

/** Name, state and progress of the run: the head of the page. */
export function summarySection(status: RunStatus, { name, madeAt }: RunTitle): Markup {
  const { state, reason, step, totalSteps, last } = status;
  const facts = { Method: methodOf(status.config), Step: stepText(status), ...timesOf(status) };
  const reasonPart = reason === undefined ? undefined : markup`<p class="reason">${reason}</p>`;
  return markup`<header><h1>${name} <span class="state ${state}">${state}</span></h1>${reasonPart}
${totalSteps === undefined ? undefined : markup`<progress value="${Math.min(step, totalSteps)}" max="${Math.max(1, totalSteps)}" aria-label="Steps done"></progress>`}
<dl>${Object.entries({ ...facts, ...speedOf(last) }).map(([term, value]) => markup`<div><dt>${term}</dt><dd>${value}</dd></div>`)}</dl>
<p class="note">As of ${timeText(madeAt)}${state === 'running' ? '; written anew at every checkpoint' : undefined}.</p></header>`;
}

/** The method of unchecked settings. */
export function methodOf(config: unknown): string {
  const { method } = (config ?? {}) as { method?: unknown };
  return typeof method === 'string' ? method : 'unknown';
}

function stepText({ step, totalSteps }: RunStatus): string {
  if (totalSteps === undefined) return wholeText(step);
  const percent = totalSteps > 0 ? Math.floor((100 * step) / totalSteps) : 100;
  return `${wholeText(step)} of ${wholeText(totalSteps)} (${percent} %)`;
}

function timesOf({ last, state, step, totalSteps }: RunStatus): Record<string, string> {
  if (last === undefined || !(last.seconds > 0)) return {};
  const left = totalSteps === undefined ? Number.NaN : ((totalSteps - step) * last.seconds) / last.step;
  const remaining =
    state === 'running' && Number.isFinite(left) ? { 'Time left': `about ${formatDuration(left)}` } : {};
  return { Epoch: wholeText(last.epoch), 'Training time': formatDuration(last.seconds), ...remaining };
}

function speedOf(last: RunStatus['last']): Record<string, string> {
  return last === undefined ? {} : { Speed: `${valueText(last.imagesPerSecond)} pictures/s` };
}
