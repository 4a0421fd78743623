import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = join(import.meta.dirname, '..');

/** Where `.ci/run` reads the results of the tests. */
const report = process.env.VITEST_REPORT;

export default defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^kintsugi$/, replacement: join(root, 'runtime/index.ts') },
      { find: /^kintsugi\/testing$/, replacement: join(root, 'runtime/testing/index.ts') },
      { find: /^kintsugi\/inspector$/, replacement: join(root, 'runtime/inspector/index.ts') },
      { find: /^kintsugi\/(machines|actors|config)$/, replacement: join(root, '$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/compat/**'],
    setupFiles: ['test/support/fast-check.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Threads that compile WebAssembly and end can abort their whole process (nodejs/node#64500).
    pool: 'forks',
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});
