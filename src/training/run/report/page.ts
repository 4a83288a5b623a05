import { Markup, markup } from '../../../core/markup.ts';
import type { Method } from '../../methods/method.ts';
import type { TrainingMetrics } from '../metrics-log.ts';
import type { RunStatus } from '../run-status.ts';
import { curvesSection } from './curves-section.ts';
import { environmentSection, sittingsSection } from './environment-section.ts';
import { hoverScript } from './hover.ts';
import { networksSection } from './networks-section.ts';
import type { ShownPreview } from './preview-pictures.ts';
import { previewsSection } from './previews-section.ts';
import { settingsSection } from './settings-section.ts';
import { style } from './style.ts';
import { methodOf, type RunTitle, summarySection } from './summary-section.ts';

export interface PageFacts extends RunTitle {
  readonly status: RunStatus;
  readonly metrics: readonly TrainingMetrics[];
  readonly previews: readonly ShownPreview[];
  /** Previews that could not be read, and why. */
  readonly broken: readonly string[];
  /** Undefined when this version cannot make it of the run's settings. */
  readonly method: Pick<Method, 'networks' | 'translators'> | undefined;
}

/** The page of a run: one file that needs no other and no network, which its policy forbids. */
export function reportPage(facts: PageFacts): string {
  const { name, status, metrics, previews, broken, method } = facts;
  const resumed = status.sittings.map(({ began }) => began.step).filter((step) => step > 0);
  return `${markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${name}: ${methodOf(status.config)}, ${status.state} at step ${status.step}</title><style>${new Markup(style)}</style></head>
<body>${summarySection(status, facts)}
<main>${previewsSection(previews, broken, method?.translators ?? [])}
${curvesSection(metrics, resumed)}
<div class="facts">${settingsSection(status.config)}
<div>${method && networksSection(method)}
${environmentSection(status.sittings)}</div></div>
${sittingsSection(status.sittings)}</main>
<script>${new Markup(hoverScript)}</script></body></html>
`}`;
}
