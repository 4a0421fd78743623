import { describe, expect, it } from 'vitest';
import { type DoorsContext, type DoorsEvent, doorsMachine } from '../../machines/doors.ts';
import { refusalsIn } from '../../machines/policies/door-pressure.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { openDoors } from '../support/doors.ts';

const refused = (at: number, count: number): DoorsEvent => ({
  ...{ type: 'REFUSED', at, counts: { TOKEN_REFUSED: count } },
});

describe('the doors', () => {
  it('are sound on every edge', () => {
    const events = [refused(1, 1), refused(2, 3), { type: 'KNOCK' } as never];
    const input = { settings: { refusedCountMax: 2 } };
    const key = ({ value, context: { recent } }: { value: unknown; context: DoorsContext }) =>
      JSON.stringify([value, recent.length, Math.min(3, refusalsIn(recent))]);
    const edges = expectSound(doorsMachine, { input, events, key });
    const pressed = edges.filter(
      ({ from, to }) => from.value === 'quiet' && to.value === 'pressed',
    );
    expect(pressed.length).toBeGreaterThan(0);
    for (const { to } of pressed) expect(refusalsIn(to.context.recent)).toBeGreaterThan(2);
  });
});

describe('refused requests', () => {
  const knock = (url: string) => fetch(`${url}/api/tree`);

  it('are journaled: the first at once, and none is lost when the runtime stops', async () => {
    const { t, url } = await openDoors();
    for (let i = 0; i < 5; i++) await knock(url);
    await t.runtime.stop();
    const facts = (await t.journal()).flatMap(({ turn }) => turn.facts ?? []) as never[];
    const counts = facts
      .filter(({ type }) => type === 'doors.refused')
      .map(({ counts: { TOKEN_REFUSED } }) => TOKEN_REFUSED as number);
    expect(counts[0]).toBe(1);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(5);
  });

  it('press until a quiet minute: people are told, and the journal replays', async () => {
    const { t, url } = await openDoors({ settings: { http: { refusedCountMax: 0 } } });
    await knock(url);
    const alerts = () => t.runtime.alerts.list().map(({ key, state }) => [key, state]);
    await t.settle();
    expect(t.snapshot('/doors/refusals')?.value).toBe('pressed');
    expect(alerts()).toEqual([['doors', 'notified']]);
    await t.advance(30_000);
    t.send('/doors/refusals', refused(30_000, 1));
    await t.advance(59_999);
    expect(t.snapshot('/doors/refusals')?.value).toBe('pressed');
    await t.advance(1);
    expect(t.snapshot('/doors/refusals')?.value).toBe('quiet');
    expect(alerts()).toEqual([['doors', 'resolved']]);
    expect((await t.replay()).divergence).toBeUndefined();
  });
});
