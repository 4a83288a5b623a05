import type { ServingConfig } from './config.ts';
import type { Priority, Urgency } from './work.ts';

/** What a request says of its urgency, validated. */
export interface UrgencyWishes {
  readonly headers: {
    readonly 'x-request-timeout'?: number | undefined;
    readonly 'x-priority'?: Priority | undefined;
  };
  /** Fields and query; these outrank the headers. */
  readonly options: { readonly timeout?: number | undefined; readonly priority?: Priority | undefined };
  /** The deadline counts from here, so a slow upload is the client's own time. */
  readonly arrivedAt: number;
}

/** A timeout longer than the service allows counts as the longest: the service may always give up earlier. */
export function urgencyOf({ headers, options, arrivedAt }: UrgencyWishes, config: ServingConfig): Urgency {
  const asked = options.timeout ?? headers['x-request-timeout'];
  const milliseconds = asked === undefined ? config.DEADLINE_MS : asked * 1000;
  return {
    priority: options.priority ?? headers['x-priority'] ?? 'normal',
    deadline: arrivedAt + Math.min(milliseconds, config.MAX_DEADLINE_MS),
  };
}
