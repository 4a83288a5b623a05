import type { CaseKind } from '../case-kind.ts';
import { egsdeNetworks } from './egsde-networks.ts';

/** EGSDE with the networks of ADM: the networks, their training, and the sampling that they guide. */
export const egsdeAdm: CaseKind = {
  knows: ({ class_or_function }) => /\bUNetModel\b/.test(class_or_function),
  async *attempts(oracle) {
    yield { produced: await egsdeNetworks(oracle) };
  },
};
