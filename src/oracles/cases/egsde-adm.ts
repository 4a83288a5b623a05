import type { CaseKind } from '../case-kind.ts';
import { egsdeEnergies } from './egsde-energies.ts';
import { egsdeNetworks } from './egsde-networks.ts';
import { egsdeSampling } from './egsde-sampling.ts';

/** EGSDE with the networks of ADM: the networks, their training, and the sampling that they guide. */
export const egsdeAdm: CaseKind = {
  knows: ({ class_or_function }) => /\bUNetModel\b/.test(class_or_function),
  async *attempts(oracle) {
    const parts = [await egsdeNetworks(oracle), await egsdeEnergies(oracle), await egsdeSampling(oracle)];
    yield { produced: (output) => parts.map((produced) => produced(output)).find(Boolean) };
  },
};
