import { basename } from 'node:path';
import { parseTrainingConfig } from '../../config/index.ts';
import { methodOf } from '../../methods/index.ts';
import type { Method } from '../../methods/method.ts';
import { readMetrics } from '../logged-metrics.ts';
import type { RunFolder } from '../run-folder.ts';
import { type RunState, readRunStatus } from '../run-status.ts';
import { reportPage } from './page.ts';
import { PreviewPictures } from './preview-pictures.ts';

/** Makes the page of a run from what is in its folder; made again, it encodes only what is new. */
export class RunReport {
  private readonly folder: RunFolder;
  private readonly pictures: PreviewPictures;
  private method: Method | undefined;

  constructor(folder: RunFolder) {
    this.folder = folder;
    this.pictures = new PreviewPictures(folder.previews);
  }

  /**
   * @param state what the trainer knows better than its folder
   * @returns HTML
   * @throws RunConfigError when config.json is no JSON
   */
  async page(state?: RunState): Promise<string> {
    const status = await readRunStatus(this.folder, state);
    this.method ??= knownMethod(status.config);
    return reportPage({
      name: basename(this.folder.path),
      madeAt: new Date().toISOString(),
      status,
      metrics: await readMetrics(this.folder.metricsFile),
      ...(await this.pictures.read()),
      method: this.method,
    });
  }
}

/** Undefined for settings of another version, of which there is still much to show. */
function knownMethod(config: unknown): Method | undefined {
  try {
    return methodOf(parseTrainingConfig(config));
  } catch {
    return undefined;
  }
}
