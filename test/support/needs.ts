/** Tests that need something this machine may lack: run, left out with a reason, or failing. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';

export type Verdict = 'run' | 'leave out' | 'fail';

/** A part that is missing on purpose may be left out anywhere; elsewhere a CI machine has all. */
export function verdictOf(present: boolean, inCi: boolean, mayLack: boolean): Verdict {
  if (present) return 'run';
  return inCi && !mayLack ? 'fail' : 'leave out';
}

interface NeedOptions {
  /** Whether a CI machine may lack it as well. */
  readonly mayLackInCi?: boolean;
}

/**
 * Vitest's `it` where a part is present. Where it is missing the reason is printed and the tests
 * are left out; in CI (`CI` is set) one failing test says what is missing.
 *
 *     needs('a mounted file system', canMount, 'mount is refused')('survives a full disk', ...)
 */
export function needs(
  what: string,
  present: boolean,
  reason: string,
  { mayLackInCi = false }: NeedOptions = {},
): typeof it {
  const verdict = verdictOf(present, Boolean(process.env.CI), mayLackInCi);
  if (verdict === 'run') return it;
  if (verdict === 'fail') it(`has ${what}`, () => expect.fail(`CI lacks ${what}: ${reason}`));
  else process.stderr.write(`left out, no ${what}: ${reason}\n`);
  return it.skipIf(true) as typeof it;
}

/** The folder of recorded markets and series, if this machine has one. */
export const recordedData: string | undefined = process.env.KINTSUGI_DATA;

/** Tests on recorded data; the synthetic market stands in for it elsewhere. */
export const needsRecordedData = (): typeof it =>
  needs(
    'recorded data',
    recordedData !== undefined && existsSync(recordedData),
    'KINTSUGI_DATA does not name a folder',
    { mayLackInCi: true },
  );
