import type { ServingConfig } from '../config.ts';
import type { AppInstance } from '../context.ts';
import { requireApiKeys } from './authentication.ts';
import { KeyFile } from './key-file.ts';
import { allowOrigins } from './origins.ts';
import { limitRates } from './rate-limit.ts';

/** Who may use the service, from where, and how often. The order is that in which a request is looked at. */
export async function controlAccess(app: AppInstance, config: ServingConfig): Promise<void> {
  if (config.CORS_ORIGINS !== 'none') await allowOrigins(app, config.CORS_ORIGINS);
  if (config.API_KEYS_FILE !== 'none') {
    const keys = await KeyFile.open({
      file: config.API_KEYS_FILE,
      onReload: (outcome) => {
        if ('keys' in outcome) app.log.info(outcome, 'API keys read again');
        else app.log.error(outcome, 'API keys stay as they were: the file cannot be used');
      },
    });
    app.addHook('onClose', async () => keys.close());
    requireApiKeys(app, keys, config.METRICS_OPEN);
  }
  limitRates(app, config);
}
