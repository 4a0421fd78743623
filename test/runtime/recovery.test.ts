import { describe, expect, it } from 'vitest';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../support/expect-replays.ts';

describe('runtime.recovery', () => {
  it('brings components up in order', async () => {
    await using t = await testRuntime();
    const calls: string[] = [];
    const step = (name: string) => async () => {
      calls.push(name);
    };
    const ended = t.runtime.recovery.run({
      id: 'morning',
      components: {
        broker: { dependsOn: ['database'], start: step('broker'), validate: step('broker?') },
        database: { start: step('database'), validate: step('database?') },
      },
    });
    await t.advance(0);
    const report = await ended;
    expect(calls).toEqual(['database', 'database?', 'broker', 'broker?', 'broker?', 'database?']);
    expect(report).toMatchObject({ outcome: 'recovered', order: ['database', 'broker'] });
    await expectReplays(t);
  });
});
