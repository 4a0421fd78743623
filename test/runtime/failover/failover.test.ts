/** Failover pairs of one process, under the runtime. */
import { describe, expect, it } from 'vitest';
import { ConfigInvalidError, NotActiveError } from '../../../actors/errors.ts';
import type { FailoverSettingsInput } from '../../../config/failover-pair.ts';
import type { Fact } from '../../../runtime/options.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';
import { fakeSides } from '../../support/failover-sides.ts';

const order = { by: 'ada', why: 'drill' };

/** A runtime with the pair `session`, after its first second. */
async function paired(settings: FailoverSettingsInput = {}) {
  const t = await testRuntime();
  const facts: Fact[] = [];
  t.runtime.on('*', (fact) => {
    if (fact.type.startsWith('failover.')) facts.push(fact);
  });
  const sides = fakeSides();
  const { calls, ...both } = sides;
  const pair = t.runtime.failover('session', { ...both, ...settings });
  await t.advance(1_000);
  return Object.assign(t, { pair, facts, ...sides, types: () => facts.map(({ type }) => type) });
}

describe('runtime.failover', () => {
  it('activates the primary under the first epoch', async () => {
    await using t = await paired();
    expect(t.pair).toMatchObject({ state: 'primary', active: 'primary', epoch: 1 });
    expect(t.calls).toEqual(['primary activate 1']);
    await expectReplays(t);
  });

  it('lets the backup take over within the time that the settings say, and return', async () => {
    await using t = await paired();
    t.primary.isUp = false;
    await t.advance(3_000);
    expect(t.pair).toMatchObject({ state: 'backup', active: 'backup', epoch: 2 });
    expect(t.calls).toEqual(['primary activate 1', 'primary deactivate 1', 'backup activate 2']);
    t.primary.isUp = true;
    await t.advance(60_000);
    expect(t.pair.state).toBe('backup');
    await t.advance(1_000);
    expect(t.pair).toMatchObject({ state: 'primary', epoch: 3 });
    expect(t.types()).toEqual([
      'failover.switched',
      'failover.decided',
      'failover.switched',
      'failover.decided',
      'failover.switched',
    ]);
    await expectReplays(t);
  });
});
