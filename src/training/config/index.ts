export { parseTrainingConfig, TrainingConfigError } from './parse.ts';
export { mergeSettings, presets } from './presets.ts';
export { methodNames, type TrainingConfig } from './schema.ts';
