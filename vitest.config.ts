import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'bench/**/*.test.ts', 'loadtest/**/*.test.ts', 'k8s/**/*.test.ts'],
    // Sessions, lanes and servers are real in the tests; two workers keep two cores busy without starving timers.
    maxWorkers: 2,
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for comes soon; a second would not do on a busy machine.
    expect: { poll: { timeout: 10_000 } },
  },
});
