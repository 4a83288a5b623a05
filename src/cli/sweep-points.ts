import {
  type GuidedSettings,
  guidedSettings,
  type SweptSetting,
  sweptSettings,
} from '../evaluation/index.ts';
import { type GuidedManifest, saidSettings } from './sample-guided.ts';

/** What a sweep tries: lists of some settings, and single values of others. */
export type SweepLists = Partial<Readonly<Record<SweptSetting, readonly number[]>>> &
  Partial<Omit<GuidedSettings, SweptSetting>>;

/** Every combination of the values, the first setting changing slowest; what is not said is as the model says. */
export function sweepPoints(manifest: GuidedManifest, lists: SweepLists): GuidedSettings[] {
  const { strength: _, realism: __, faithfulness: ___, ...single } = lists;
  const combinations = sweptSettings.reduce<Partial<GuidedSettings>[]>(
    (known, setting) => {
      const values = lists[setting];
      if (values === undefined) return known;
      return known.flatMap((before) => values.map((value) => ({ ...before, [setting]: value })));
    },
    [saidSettings(single)],
  );
  return combinations.map((said) => guidedSettings(manifest, said));
}
