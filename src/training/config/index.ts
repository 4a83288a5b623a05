export { parseTrainingConfig, TrainingConfigError } from './parse.ts';
export { mergeSettings, presets } from './presets.ts';
export { methodNames, type TrainingConfig, type WarmStartSource } from './schema.ts';
