import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { messageOf } from '../core/errors.ts';
import type { TracingOptions } from './tracing.ts';

/** Says once that spans do not arrive, and once that they do again. */
export class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #log: TracingOptions['log'];
  #failing = false;

  constructor(exporter: SpanExporter, log: TracingOptions['log']) {
    this.#exporter = exporter;
    this.#log = log;
  }

  export(...[spans, done]: Parameters<SpanExporter['export']>): void {
    this.#exporter.export(spans, (result) => {
      this.#report(result.code === ExportResultCode.SUCCESS, result.error);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #report(arrived: boolean, error: Error | undefined): void {
    if (arrived === !this.#failing) return;
    this.#failing = !arrived;
    if (arrived) this.#log.info('the collector takes spans again');
    else this.#log.warn({ reason: messageOf(error) }, 'the collector takes no spans; they are dropped');
  }
}
