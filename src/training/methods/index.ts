import { UnpairedError } from '../../core/errors.ts';
import { GraphError } from '../../onnx/errors.ts';
import type { RunConfig } from '../config/index.ts';
import { priorMethod } from '../config/prior.ts';
import { codeSpaceOf } from '../prior/code-space.ts';
import { codePrior } from './code-prior.ts';
import { cut } from './cut.ts';
import { cyclegan } from './cyclegan.ts';
import { dclgan } from './dclgan.ts';
import { drit } from './drit/drit.ts';
import { domainClassification } from './egsde/classifier.ts';
import { scoreMatching } from './egsde/score.ts';
import { enco } from './enco.ts';
import type { Method } from './method.ts';
import type { BatchShape } from './networks.ts';
import { simdcl } from './simdcl.ts';
import { vqI2i } from './vq-i2i/vq-i2i.ts';

const pictureChannels = 3;

/** The networks of the settings cannot take pictures of the size of the settings. */
export class NetworksUnfitError extends UnpairedError {
  constructor(size: number, cause: GraphError) {
    super(
      `the networks of these settings cannot take pictures of ${size}x${size} (cropSize): ${cause.message}`,
      {
        code: 'NETWORKS_UNFIT',
        status: 422,
        cause,
      },
    );
  }
}

/**
 * The method that a configuration names, for pictures of its size.
 * @throws NetworksUnfitError, for example when a discriminator halves small pictures too often
 */
export function methodOf(config: RunConfig): Method {
  try {
    return create(config);
  } catch (thrown) {
    if (thrown instanceof GraphError) throw new NetworksUnfitError(config.cropSize, thrown);
    throw thrown;
  }
}

function create(config: RunConfig): Method {
  const batch: BatchShape = [config.batchSize, pictureChannels, config.cropSize, config.cropSize];
  switch (config.method) {
    case 'cut':
    case 'fastcut':
      return cut(config.options, batch);
    case 'cyclegan':
      return cyclegan(config.options, batch);
    case 'dclgan':
      return dclgan(config.options, batch);
    case 'simdcl':
      return simdcl(config.options, batch);
    case 'enco':
      return enco(config.options, batch, config.schedule);
    case 'vq-i2i':
      return vqI2i(config.options, batch);
    case 'drit':
      return drit(config.options, batch);
    case 'egsde-score':
      return scoreMatching(config.options, batch);
    case 'egsde-classifier':
      return domainClassification(config.options, batch);
    case priorMethod:
      return codePrior(config.options, codeSpaceOf(config), config.batchSize);
  }
}
