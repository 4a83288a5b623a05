import type { AppContext, AppInstance } from '../context.ts';
import { home } from '../schemas.ts';

/** `GET /`: where to go from here. */
export function homeRoute(app: AppInstance, { version }: AppContext): void {
  app.get('/', { schema: { summary: 'Where to go', response: { 200: home } } }, async () => ({
    service: 'unpaired' as const,
    version,
    docs: '/docs',
    models: '/models',
    translate: 'POST /translate/{model}',
  }));
}
