/** The end of `.ci/run`: what was left out and why, what failed, and one line of real counts. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, summarize } from './summarize.ts';

const [folder = '.', testCode = '1', packageCode = '1'] = process.argv.slice(2);

/** A report that is missing or cut off counts as a failure of whoever should have written it. */
function readReport<T>(file: string): T | undefined {
  const path = join(folder, file);
  try {
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
  } catch {
    return undefined;
  }
}

const outcome: Outcome = {
  vitest: readReport('vitest.json'),
  testCode: Number(testCode),
  package: readReport('package.json'),
  packageCode: Number(packageCode),
};
const { lines, passed, failed } = summarize(outcome);
for (const line of lines) console.log(line);
console.log(`tests: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
