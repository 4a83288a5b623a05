export { type AppDependencies, buildApp } from './app.ts';
export { Catalog, type ModelEntry } from './catalog.ts';
export { ConfigError, configSchema, laneLayout, readConfig, type ServingConfig } from './config.ts';
export type { AppInstance } from './context.ts';
export { Lifecycle } from './lifecycle.ts';
