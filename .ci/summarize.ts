/** Counts what the test runner and the package check reported. */

/** The part of Vitest's JSON report that is read here. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export interface Outcome {
  readonly vitest: VitestReport | undefined;
  /** Exit code of `npm test`, which also checks types and style. */
  readonly testCode: number;
  readonly package: { readonly passed: number; readonly failed: number } | undefined;
  readonly packageCode: number;
}

export interface Summary {
  readonly lines: readonly string[];
  readonly passed: number;
  readonly failed: number;
}

/** An exit code that says failure although no test did counts as one more, so does silence. */
export function summarize(outcome: Outcome): Summary {
  const files = outcome.vitest?.testResults ?? [];
  const tests = files.flatMap((file) => file.assertionResults);
  const named = (status: RegExp) => tests.filter((test) => status.test(test.status));
  const passed = named(/^passed$/).length;
  const broken = files.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  const lines = [
    ...named(/^(?:skipped|pending|todo|disabled)$/).map((test) => `left out: ${test.fullName}`),
    ...named(/^failed$/).map((test) => `failed: ${test.fullName}`),
    ...broken.map((file) => `failed: ${file.name} ${file.message ?? ''}`.trim()),
  ];
  const testFailed = named(/^failed$/).length + broken.length;
  const isSilent = testFailed === 0 && (outcome.testCode !== 0 || passed === 0);
  if (isSilent) lines.push(`failed: npm test, exit code ${outcome.testCode}, ${passed} passed`);
  const packed = outcome.package ?? { passed: 0, failed: 0 };
  const isPackSilent = packed.failed === 0 && (outcome.packageCode !== 0 || packed.passed === 0);
  if (isPackSilent) lines.push(`failed: npm run package, exit code ${outcome.packageCode}`);
  return {
    lines,
    passed: passed + packed.passed,
    failed: testFailed + Number(isSilent) + packed.failed + Number(isPackSilent),
  };
}
