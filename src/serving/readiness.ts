import type { AppContext } from './context.ts';

/** Whether requests should be sent here, and what is in the way: what /readyz and the metric of readiness say. */
export function readinessStatus({
  lifecycle,
  catalog,
  lanes,
}: Pick<AppContext, 'lifecycle' | 'catalog' | 'lanes'>) {
  if (lifecycle.phase !== 'serving') return lifecycle.phase;
  if (!catalog.settled) return 'loading';
  return lanes.lanes.some(({ state }) => state === 'idle' || state === 'busy') ? 'ready' : 'no-lanes';
}
