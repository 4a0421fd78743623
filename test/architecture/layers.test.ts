import { describe, expect, it } from 'vitest';
import { isScript, projectFiles, readProjectFile, rings } from './files.ts';
import { layerViolations } from './layer-rules.ts';

const violationsIn = (folder: string): readonly string[] =>
  projectFiles()
    .filter((file) => file.startsWith(`${folder}/`) && isScript(file))
    .flatMap((file) => layerViolations(file, readProjectFile(file)));

describe('layers', () => {
  it.each(rings)('%s imports only itself and inner rings, and stays pure where it must', (ring) => {
    expect(violationsIn(ring)).toEqual([]);
  });

  it('test imports files by name', () => {
    expect(violationsIn('test')).toEqual([]);
  });
});

describe('layer rules', () => {
  it.each([
    ['machines/x.ts', `import { a } from '../actors/a.ts';`],
    ['machines/x.ts', `import {\n  a,\n} from '../actors/a.ts';`],
    ['machines/x.ts', `export * from '../runtime/a.ts';`],
    ['machines/x.ts', `export { a } from '../runtime/a.ts';`],
    ['machines/x.ts', `const a = await import('../runtime/a.ts');`],
    ['machines/x.ts', `import type { A } from '../runtime/a.ts';`],
    ['machines/x.ts', `export type A = import('../runtime/a.ts').A;`],
    ['machines/x.ts', `import '../runtime/a.ts';`],
    ['machines/paper/x.ts', `import { a } from '../../actors/a.ts';`],
    ['machines/x.ts', `import { schema } from '../config/a.ts';`],
    ['machines/x.ts', `import { type A } from '../config/a.ts';`],
    ['machines/x.ts', `import fs from 'node:fs';`],
    ['machines/x.ts', `import pino from "pino";`],
    ['machines/x.ts', `import { z } from 'zod';`],
    ['config/x.ts', `import { m } from '../machines/m.ts';`],
    ['config/x.ts', `import { setup } from 'xstate';`],
    ['actors/x.ts', `import { a } from '../runtime/a.ts';`],
    ['actors/x.ts', `const a = await import(name);`],
    ['runtime/x.ts', `import { t } from '../test/t.ts';`],
    ['runtime/x.ts', `import { t } from '../.ci/docs.ts';`],
    ['runtime/x.ts', `import fs from 'fs';`],
    ['runtime/x.ts', `import { it } from 'vitest';`],
    ['runtime/x.ts', `import { createRuntime } from 'kintsugi';`],
    ['runtime/x.ts', `import { a } from './a';`],
    ['runtime/x.ts', `import { a } from './a.js';`],
    ['runtime/x.ts', `import { a } from '../machines/index.ts';`],
    ['test/x.test.ts', `import { a } from '../machines/index.ts';`],
    ['test/x.test.ts', `import { a } from '../machines/circuit-breaker';`],
  ])('refuse in %s: %s', (file, source) => {
    expect(layerViolations(file, source)).toHaveLength(1);
  });

  it.each([
    'const now = Date.now();',
    `const now = Date['now']();`,
    'const now = new Date();',
    'const Clock = Date;',
    `const now = \`at \${Date.now()}\`;`,
    'const r = Math.random();',
    'const { random } = Math;',
    'const r = Math.exp(x);',
    'const r = Math.log2(8);',
    'const r = 2 ** x;',
    'const r = x ** 3;',
    'const r = 10 ** 3;',
    'const r = Math[name]();',
    'const t = performance.now();',
    'setTimeout(f, 1);',
    'queueMicrotask(f);',
    'const e = process.env.HOME;',
    `await fetch('x');`,
    'const id = crypto.randomUUID();',
    'console.log(1);',
    `const now = globalThis['Da' + 'te'].now();`,
    'const here = import.meta.dirname;',
    'const signal = AbortSignal.timeout(5);',
    'const text = price.toLocaleString();',
    'const bytes = Buffer.from(text);',
    'const held = { process };',
  ])('refuse in a pure ring: %s', (source) => {
    expect(layerViolations('actors/x.ts', source)).toHaveLength(1);
    expect(layerViolations('runtime/x.ts', source)).toEqual([]);
  });

  it.each([
    ['machines/x.ts', `/** reads Date.now() */ // from '../runtime/a.ts'`],
    ['machines/x.ts', `const text = "import { a } from '../runtime/a.ts'; Date.now()";`],
    ['machines/x.ts', `import type { A } from '../config/a.ts';`],
    ['machines/x.ts', `import { b } from './policies/b.ts';`],
    ['machines/x.ts', 'const day = new Date(at).toISOString() + Math.max(1, 2) + Date.UTC(2024);'],
    ['machines/x.ts', 'const isDate = value instanceof Date;'],
    ['machines/x.ts', 'const all = 2 ** 32 + 2 ** -54 + Math.sqrt(2) + Math.fround(x);'],
    ['actors/x.ts', 'const x = { process: 1, fetch() {} }; x.process += ports.clock.now();'],
    ['actors/x.ts', 'export type Fetch = typeof fetch; interface Timer { id: NodeJS.Timeout }'],
    ['actors/x.ts', `import { z } from 'zod'; import { a } from '../config/a.ts';`],
    ['runtime/x.ts', `import { pino } from 'pino'; import { join } from 'node:path';`],
    ['runtime/x.ts', `const command = await import(\`./commands/\${name}.ts\`);`],
    ['test/x.test.ts', `import { createRuntime } from 'kintsugi'; import fc from 'fast-check';`],
  ])('allow in %s: %s', (file, source) => {
    expect(layerViolations(file, source)).toEqual([]);
  });
});
