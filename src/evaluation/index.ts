export { frechetDistance } from './frechet-distance.ts';
export { meanSquaredError } from './mean-squared-error.ts';
export { peakSignalToNoise } from './peak-signal-to-noise.ts';
export { type FeatureStatistics, type Features, statisticsOf } from './statistics.ts';
export { gaussianWindow, msSsim, ssim } from './structural-similarity.ts';
