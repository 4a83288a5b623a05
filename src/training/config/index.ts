export { parseTrainingConfig, TrainingConfigError } from './parse.ts';
export { parseRunConfig, partedMethod, type RunConfig, trainableMethods } from './parse-run.ts';
export { mergeSettings, presetNames, presetOf } from './presets.ts';
export { methodNames, type TrainingConfig, type WarmStartSource } from './schema.ts';
