import { expect, it } from 'vitest';
import { type Outcome, summarize } from '../../.ci/summarize.ts';

const test = (fullName: string, status: string) => ({ fullName, status });
const file = (status: string, ...assertionResults: ReturnType<typeof test>[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults,
});
const good: Outcome = {
  vitest: { testResults: [file('passed', test('a', 'passed'), test('b', 'passed'))] },
  testCode: 0,
  package: { passed: 3, failed: 0 },
  packageCode: 0,
};
const counts = (outcome: Outcome) => {
  const { passed, failed } = summarize(outcome);
  return [passed, failed];
};

it('adds up tests and checks of the package', () => {
  expect(summarize(good)).toEqual({ lines: [], passed: 5, failed: 0 });
});

it('counts failed tests once, although the exit code says so too', () => {
  const testResults = [file('failed', test('a', 'failed'), test('b', 'passed'))];
  const outcome = { ...good, vitest: { testResults }, testCode: 1 };
  expect(summarize(outcome)).toEqual({ lines: ['failed: a'], passed: 4, failed: 1 });
});

it('names tests that are left out', () => {
  const testResults = [file('passed', test('a', 'passed'), test('needs data', 'skipped'))];
  const { lines } = summarize({ ...good, vitest: { testResults } });
  expect(lines).toEqual(['left out: needs data']);
});

it.each<[string, Outcome, readonly number[]]>([
  ['a file that does not load', { ...good, vitest: { testResults: [file('failed')] } }, [3, 1]],
  ['types or style', { ...good, vitest: undefined, testCode: 2 }, [3, 1]],
  ['an error outside of tests', { ...good, testCode: 1 }, [5, 1]],
  ['no test at all', { ...good, vitest: { testResults: [] } }, [3, 1]],
  ['a package check that broke off', { ...good, package: undefined, packageCode: 1 }, [2, 1]],
  ['a package check that checked nothing', { ...good, package: { passed: 0, failed: 0 } }, [2, 1]],
  ['a failed check', { ...good, package: { passed: 2, failed: 1 }, packageCode: 1 }, [4, 1]],
])('counts %s as a failure', (_, outcome, expected) => {
  expect(counts(outcome)).toEqual(expected);
});
