import { openProgress, type Progress } from '../training/run/index.ts';
import type { StartFacts, TrainingObserver } from '../training/training-run.ts';

/** Shows a training run on stderr: a bar on a terminal, lines elsewhere. */
export class TrainingDisplay implements TrainingObserver {
  private progress: Progress | undefined;

  started({ resumedStep, totalSteps, provider, sizes }: StartFacts): void {
    const from = resumedStep === 0 ? 'new run' : `resumed at step ${resumedStep}`;
    const pictures = `${sizes.trainA} + ${sizes.trainB} training pictures, ${sizes.testA} + ${sizes.testB} test pictures`;
    this.noted(`${from} of ${totalSteps} steps on ${provider}; ${pictures}`);
    this.progress = openProgress({ totalSteps, resumedStep });
  }

  stepped({ step, epoch, imagesPerSecond, losses }: Parameters<TrainingObserver['stepped']>[0]): void {
    this.progress?.update({ step, epoch, imagesPerSecond, losses });
  }

  noted(line: string): void {
    if (this.progress) this.progress.message(line);
    else process.stderr.write(`${line}\n`);
  }

  /** Gives the terminal back. */
  stop(): void {
    this.progress?.stop();
    this.progress = undefined;
  }
}
