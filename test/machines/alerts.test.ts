import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPromise } from 'xstate';
import { supervisor } from '../../actors/child.ts';
import type { Notice } from '../../actors/ports.ts';
import { alertsSettingsSchema } from '../../config/alerts.ts';
import {
  type AlertEvent,
  type AlertNotice,
  alertMachine,
  type NoticeOutcome,
  type Severity,
} from '../../machines/alert.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';
import { inside } from '../support/inside.ts';

const minuteMs = 60_000;

async function book(settings = {}, fails = false) {
  const told: Notice[] = [];
  const notifier = {
    async notify(notice: Notice) {
      told.push(notice);
      if (fails) throw new Error('nobody at home');
    },
  };
  const t = await testRuntime({
    tree: supervisor({ id: 'app', children: [] }),
    ports: { notifier },
    settings: { alerts: settings },
  });
  const raise = async (severity: Severity, key = 'feed', text = `${key} is silent`) => {
    t.runtime.alerts.raise({ key, severity, text });
    await t.settle();
  };
  const notices = () => told.map(({ id, audience }) => `${id} ${audience}`);
  const states = () => t.runtime.alerts.list().map(({ state }) => state);
  return { ...t, raise, notices, states, alerts: t.runtime.alerts, told };
}

describe('an alert', () => {
  it('is sound on every edge', () => {
    const notify = fromPromise<NoticeOutcome, AlertNotice>(async () => ({ at: 0, failures: [] }));
    const machine = alertMachine.provide({ actors: { notify } });
    const { responseMs } = alertsSettingsSchema.parse({});
    const events: AlertEvent[] = [
      { type: 'ACKNOWLEDGE', at: 1, by: 'ada' },
      { type: 'WORSEN', at: 1, severity: 'critical', text: 'worse' },
      { type: 'WORSEN', at: 1, severity: 'emergency', text: 'worst' },
      { type: 'RESOLVE', at: 1 },
    ];
    const alert = { id: 'a-1', key: 'k', severity: 'warning', text: 't', path: '', at: 0 } as const;
    const unreachable = [
      ...['deciding', 'logged', 'logged.writing', 'logged.written'],
      ...['unanswered.notified', 'escalated.told'],
    ];
    const input = { ...alert, responseMs, isQuiet: false, acknowledgedBy: null, book: '/book' };
    const key = ({ value, context }: { value: unknown; context: { severity: string } }) =>
      JSON.stringify([value, context.severity]);
    const edges = expectSound(machine, { input, events, unreachable, key });
    expect(edges.every(({ to }) => to.value !== 'deciding')).toBe(true);
  });

  it.each([
    ['warning', 15],
    ['critical', 5],
  ] as const)('of severity %s goes to everybody after %i minutes', async (severity, after) => {
    await using t = await book();
    await t.raise(severity);
    await t.advance(after * minuteMs - 1);
    expect([t.notices(), t.states()]).toEqual([['a-1 onCall'], ['notified']]);
    await t.advance(1);
    expect([t.notices(), t.states()]).toEqual([['a-1 onCall', 'a-1 everybody'], ['escalated']]);
    await t.advance(60 * minuteMs);
    expect(t.told.length).toBe(2);
  });

  it('of severity emergency goes to everybody at once', async () => {
    await using t = await book();
    await t.raise('emergency');
    expect([t.notices(), t.states()]).toEqual([['a-1 everybody'], ['escalated']]);
  });

  it('of severity info is only logged', async () => {
    await using t = await book();
    await t.raise('info');
    await t.advance(60 * minuteMs);
    expect([t.notices(), t.states()]).toEqual([[], ['logged']]);
  });

  it('is not escalated once somebody has acknowledged it', async () => {
    await using t = await book();
    await t.raise('critical');
    t.alerts.acknowledge('a-1', { by: 'ada' });
    await t.advance(60 * minuteMs);
    expect(t.notices()).toEqual(['a-1 onCall']);
    expect(t.alerts.list()).toMatchObject([{ state: 'acknowledged', acknowledgedBy: 'ada' }]);
    expect(() => t.alerts.acknowledge('a-9', { by: 'ada' })).toThrow(RangeError);
    expect(() => t.alerts.acknowledge('a-1', { by: '' })).toThrow(TypeError);
  });

  it('is refused without a key, a text or a severity that there is', async () => {
    await using t = await book();
    const alert = { key: 'feed', severity: 'warning', text: 'silent' } as const;
    expect(() => t.alerts.raise({ ...alert, key: '' })).toThrow(TypeError);
    expect(() => t.alerts.raise({ ...alert, text: ' ' })).toThrow(TypeError);
    expect(() => t.alerts.raise({ ...alert, severity: 'fatal' as 'info' })).toThrow(
      "There is no severity 'fatal', only info, warning, critical, emergency.",
    );
    expect(t.states()).toEqual([]);
  });

  it('counts notices that failed, and nothing is thrown', async () => {
    await using t = await book({}, true);
    await t.raise('warning');
    expect(t.alerts.list()).toMatchObject([{ state: 'notified', failedCount: 1 }]);
  });
});

describe('the book of alerts', () => {
  it('counts repeats of a key and tells of them once', async () => {
    await using t = await book();
    for (let i = 0; i < 50; i++) await t.raise('warning');
    expect([t.notices(), t.alerts.list()[0]?.count]).toEqual([['a-1 onCall'], 50]);
  });

  it('tells again when the same thing becomes worse, not when it becomes better', async () => {
    await using t = await book();
    await t.raise('warning');
    await t.raise('emergency');
    await t.raise('warning');
    expect(t.notices()).toEqual(['a-1 onCall', 'a-1 everybody']);
    expect(t.alerts.list()).toMatchObject([{ severity: 'emergency', count: 3 }]);
  });

  it('takes what comes back soon for the same alert, and leaves people in peace', async () => {
    await using t = await book();
    for (let i = 0; i < 20; i++) {
      await t.raise('warning');
      t.alerts.resolve('feed');
      await t.advance(minuteMs);
    }
    expect(t.notices()).toEqual(['a-1 onCall']);
    expect(t.alerts.list()).toMatchObject([{ state: 'resolved', count: 20, reopenCount: 19 }]);
    await t.advance(5 * minuteMs);
    await t.raise('warning');
    expect(t.notices()).toEqual(['a-1 onCall', 'a-2 onCall']);
  });

  it('tells again when what came back is worse than before, or becomes so', async () => {
    await using t = await book();
    await t.raise('warning');
    t.alerts.resolve('feed');
    await t.raise('critical');
    expect(t.notices()).toEqual(['a-1 onCall', 'a-1 onCall']);
    t.alerts.resolve('feed');
    await t.raise('critical');
    expect(t.told.length).toBe(2);
    await t.raise('emergency');
    expect(t.notices().at(-1)).toBe('a-1 everybody');
  });

  it('has no room for what comes back while it is full', async () => {
    await using t = await book({ openCountMax: 1 });
    const dropped: unknown[] = [];
    t.runtime.on('alerts.dropped', ({ key }) => dropped.push(key));
    await t.raise('warning', 'a');
    t.alerts.resolve('a');
    await t.raise('warning', 'b');
    await t.raise('warning', 'a');
    expect([dropped, t.states()]).toEqual([['a'], ['resolved', 'notified']]);
    await t.raise('warning', 'b');
    expect(t.alerts.list()[1]).toMatchObject({ key: 'b', count: 2 });
  });

  it('escalates what came back and stays, unless it was acknowledged', async () => {
    await using t = await book();
    await t.raise('warning');
    t.alerts.resolve('feed');
    await t.raise('warning');
    await t.advance(15 * minuteMs);
    expect(t.notices()).toEqual(['a-1 onCall', 'a-1 everybody']);
    t.alerts.acknowledge('a-1', { by: 'ada' });
    t.alerts.resolve('feed');
    await t.raise('warning');
    await t.advance(15 * minuteMs);
    expect([t.told.length, t.states()]).toEqual([2, ['acknowledged']]);
  });

  it('asks for a new acknowledgement of what has become worse', async () => {
    await using t = await book();
    const by = () => t.alerts.list()[0]?.acknowledgedBy;
    await t.raise('warning');
    t.alerts.acknowledge('a-1', { by: 'ada' });
    await t.raise('critical');
    expect([by(), t.states()]).toEqual([null, ['notified']]);
    t.alerts.resolve('feed');
    await t.raise('critical');
    expect([by(), t.states()]).toEqual([null, ['notified']]);
    t.alerts.acknowledge('a-1', { by: 'bob' });
    t.alerts.resolve('feed');
    await t.raise('emergency');
    expect([by(), t.states()]).toEqual([null, ['escalated']]);
  });

  it('forgets the actors of alerts that have ended', async () => {
    await using t = await book({ endedCountMax: 2 });
    const children = () => {
      const actor = inside(t.runtime).core.engine.paths.at('/safeguards/alerts');
      return Object.keys((actor!.getSnapshot() as { children: object }).children);
    };
    for (const key of ['a', 'b', 'c', 'd']) {
      await t.raise('warning', key);
      if (key !== 'c') t.alerts.resolve(key);
    }
    expect(children()).toEqual(['a-3']);
    await t.raise('warning', 'a');
    t.alerts.resolve('c');
    expect([children(), t.states()]).toEqual([['a-5'], ['resolved', 'resolved', 'notified']]);
    expect((await t.replay()).divergence).toBeUndefined();
  });

  it('replays without telling anybody', async () => {
    await using t = await book();
    await t.raise('critical');
    await t.advance(10 * minuteMs);
    const before = t.told.length;
    expect((await t.replay()).divergence).toBeUndefined();
    expect([before, t.told.length]).toEqual([2, 2]);
  });

  it('keeps its bounds, and each alert is told at most twice per return, whatever comes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            act: fc.constantFrom('raise', 'raise', 'resolve', 'acknowledge', 'wait'),
            key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
            severity: fc.constantFrom('info', 'warning', 'critical', 'emergency'),
          }),
          { maxLength: 40 },
        ),
        async (acts) => {
          await using t = await book({ openCountMax: 3, endedCountMax: 2 });
          for (const { act, key, severity } of acts) {
            if (act === 'raise') await t.raise(severity as Severity, key);
            else if (act === 'resolve') t.alerts.resolve(key);
            else if (act === 'wait') await t.advance(6 * minuteMs);
            else {
              const open = t.alerts.list().find((row) => row.key === key);
              if (open && open.state !== 'resolved') t.alerts.acknowledge(open.id, { by: 'ada' });
            }
            const rows = t.alerts.list();
            const open = rows.filter(({ state }) => state !== 'resolved');
            expect(open.length).toBeLessThanOrEqual(3);
            expect(rows.length - open.length).toBeLessThanOrEqual(2);
            expect(new Set(open.map((row) => row.key)).size).toBe(open.length);
          }
          expect((await t.replay()).divergence).toBeUndefined();
        },
      ),
      { numRuns: 25 },
    ));
});
