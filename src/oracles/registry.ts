import type { CaseKind } from './case-kind.ts';
import type { CaseDeclaration } from './case-schema.ts';
import { codePriorCase } from './cases/code-prior.ts';
import { cutStep } from './cases/cut-step.ts';
import { cycleGanStep } from './cases/cyclegan-step.ts';
import { dclganStep } from './cases/dclgan-step.ts';
import { ddpmUnetCase } from './cases/ddpm-unet.ts';
import { diffusionSchedules } from './cases/diffusion-schedules.ts';
import { discriminator } from './cases/discriminator.ts';
import { dritNetworks } from './cases/drit-networks.ts';
import { dritStep } from './cases/drit-step.ts';
import { dritTranslation } from './cases/drit-translation.ts';
import { egsdeAdm } from './cases/egsde-adm.ts';
import { encoDagSampler } from './cases/enco-dag-sampler.ts';
import { encoStep } from './cases/enco-step.ts';
import { frechetDistanceCase } from './cases/frechet-distance.ts';
import { ganLoss } from './cases/gan-loss.ts';
import { generator } from './cases/generator.ts';
import { imagePipeline } from './cases/image-pipeline.ts';
import { imagePool } from './cases/image-pool.ts';
import { linearResizeCase } from './cases/linear-resize.ts';
import { lpipsCase } from './cases/lpips.ts';
import { patchNce } from './cases/patch-nce.ts';
import { patchSamplerCase } from './cases/patch-sampler.ts';
import { pixelMetrics } from './cases/pixel-metrics.ts';
import { simdclStep } from './cases/simdcl-step.ts';
import { slidingWindow } from './cases/sliding-window.ts';
import { vqi2iModel } from './cases/vqi2i-model.ts';

/** Every class of the reference code that can be rebuilt here; a new method adds its file to this list. */
const kinds: readonly CaseKind[] = [
  generator,
  discriminator,
  patchSamplerCase,
  patchNce,
  ganLoss,
  imagePool,
  cutStep,
  cycleGanStep,
  dclganStep,
  simdclStep,
  encoStep,
  encoDagSampler,
  dritNetworks,
  dritTranslation,
  dritStep,
  codePriorCase,
  slidingWindow,
  lpipsCase,
  frechetDistanceCase,
  pixelMetrics,
  imagePipeline,
  vqi2iModel,
  diffusionSchedules,
  linearResizeCase,
  ddpmUnetCase,
  egsdeAdm,
];

export function kindOf(declaration: CaseDeclaration): CaseKind | undefined {
  return kinds.find((kind) => kind.knows(declaration));
}
