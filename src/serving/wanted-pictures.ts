import type { IncomingHttpHeaders } from 'node:http';
import type { TranslationRequest } from './pipeline.ts';
import type { StageClock } from './stage-clock.ts';

/** What a request asks for, its fields valid by themselves, and who is told how it is going. */
export interface WantedPictures<Wishes>
  extends Pick<TranslationRequest<unknown>, 'urgency' | 'signal' | 'watcher' | 'decoded'> {
  readonly options: Wishes;
  readonly headers: IncomingHttpHeaders;
  readonly clock: StageClock;
}
