/** `queued` until a lane has its work; then `running`; the others are final. */
export const jobStates = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;

export type JobState = (typeof jobStates)[number];
