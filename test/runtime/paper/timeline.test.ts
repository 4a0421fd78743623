import { describe, expect, it } from 'vitest';
import type { TalliedFact } from '../../../runtime/paper/tally.ts';
import {
  emptyTimeline,
  type Timeline,
  TimelineKeeper,
  timelineRowCountMax,
} from '../../../runtime/paper/timeline.ts';
import { formatTimeline } from '../../../runtime/paper/timeline-text.ts';

const fact = (type: string, at: number, more: object): TalliedFact => ({
  ...{ type, at, path: '/b', ...more },
});
const scored = (at: number, scoreBefore: number, score: number, impaired: object[] = []) =>
  fact('health.changed', at, { scoreBefore, score, impaired });
const posture = (at: number, forbidden: string[], quality: object = {}) =>
  fact('posture.changed', at, {
    ...{ forbidden, quality, region: 'safety', state: 'degraded', why: 'a score' },
  });
const safety = (at: number, to: string, score: number) =>
  fact('safety.changed', at, { to, evidence: { kind: 'health', score, notPassing: ['broker'] } });
const level = (at: number, from: string, to: string) =>
  fact('degradation.changed', at, { from, to, why: `the score says ${to}` });
const mode = (at: number, from: string, to: string, by: string | null = 'session') =>
  fact('tradingMode.changed', at, { from, to, by, why: 'because' });

/** Facts with the seq of their turn. */
function kept(...turns: (readonly [seq: number, ...facts: TalliedFact[]])[]): TimelineKeeper {
  const keeper = new TimelineKeeper();
  for (const [seq, ...facts] of turns) for (const each of facts) keeper.note(each, seq);
  return keeper;
}
const rowsOf = (...turns: Parameters<typeof kept>) => kept(...turns).timeline.rows;

describe('timeline', () => {
  it('tells which side takes over and why, and nothing of the first one', () => {
    const pair = (type: string, more: object) => fact(type, 5, { name: 'broker', ...more });
    const rows = rowsOf(
      [1, pair('failover.switched', { from: null, to: 'primary', cause: 'start' })],
      [2, pair('failover.decided', { why: 'it is dead' })],
      [3, pair('failover.switched', { from: 'primary', to: 'backup', cause: 'failure' })],
      [4, pair('failover.switched', { from: 'backup', to: 'backup', cause: 'deposed' })],
      [5, pair('failover.ordered', { why: 'drill' })],
      [6, pair('failover.switched', { from: 'backup', to: 'primary', cause: 'order' })],
    );
    const row = { at: 5, kind: 'failover', what: 'broker' } as const;
    expect(rows).toEqual([
      { ...row, seq: 3, from: 'primary', to: 'backup', why: 'it is dead' },
      { ...row, seq: 6, from: 'backup', to: 'primary', why: 'drill' },
    ]);
    const text = formatTimeline({ ...emptyTimeline, rows, changes: { failover: 2 } });
    expect(text).toContain('changes 2 of failover pairs');
    expect(text).toContain('failover broker backup: it is dead');
  });

  it('tells where each patch is from its first change on, and why', () => {
    const step = (type: string, at: number, id = 'p-1') =>
      fact(`patch.${type}`, at, { id, resolver: 'orderFewer', why: `it is ${type}` });
    const keeper = kept(
      [1, step('proposed', 1), step('validated', 1), step('snapshotted', 1)],
      [2, step('canaryStarted', 2)],
      [3, step('applied', 3)],
      [4, step('kept', 4)],
      [5, step('rejected', 5, 'p-2')],
    );
    const what = 'p-1 orderFewer';
    expect(keeper.timeline.rows).toEqual([
      {
        ...{ seq: 2, at: 2, kind: 'patch', what, from: 'proposed', to: 'canaryStarted' },
        why: 'it is canaryStarted',
      },
      expect.objectContaining({ seq: 3, what, from: 'canaryStarted', to: 'applied' }),
      expect.objectContaining({ seq: 4, what, from: 'applied', to: 'kept' }),
      expect.objectContaining({ seq: 5, what: 'p-2 orderFewer', from: 'proposed', to: 'rejected' }),
    ]);
    // What has ended is forgotten: ids are ever new.
    expect(JSON.stringify(keeper.save())).not.toContain('"patch p-');
    const text = formatTimeline(keeper.timeline);
    expect(text).toContain('4 of patches');
    expect(text).toContain('patch p-1 orderFewer kept: it is kept');
  });

  it('tells the score with who does not pass, and their newest reasons', () => {
    const failing = fact('probe.changed', 5, { id: 'broker', to: 'failing', why: 'measured 9' });
    const [first, second] = rowsOf(
      [7, failing, scored(5, 100, 80, [{ id: 'broker', state: 'failing' }])],
      [9, scored(6, 80, 100)],
    );
    expect(first).toEqual({
      ...{ seq: 7, at: 5, kind: 'score', from: 100, to: 80, why: 'broker failing, measured 9' },
    });
    expect(second).toMatchObject({ seq: 9, from: 80, to: 100, why: 'every component passes' });
  });

  it('tells level, trading mode and safety state, from what to what and why', () => {
    expect(
      rowsOf(
        [1, level(1, 'normal', 'level1')],
        [2, mode(2, 'open', 'halted', null)],
        [3, safety(3, 'degraded', 70)],
        [4, safety(4, 'critical', 40)],
      ),
    ).toMatchObject([
      { kind: 'level', from: 'normal', to: 'level1', why: 'the score says level1' },
      { kind: 'tradingMode', from: 'open', to: 'halted', why: 'runtime: because' },
      { kind: 'safety', from: 'healthy', to: 'degraded' },
      {
        ...{ kind: 'safety', from: 'degraded', to: 'critical' },
        why: 'health score 40, not passing: broker',
      },
    ]);
  });

  it('tells what the posture forbids, and which share of openings remains', () => {
    expect(
      rowsOf([1, posture(1, [], { 'orders.open': 0.5 })], [2, posture(2, ['orders.open'])]),
    ).toMatchObject([
      { kind: 'posture', from: [], to: [], openRatio: 0.5, why: 'safety is degraded: a score' },
      { from: [], to: ['orders.open'], openRatio: 0 },
    ]);
  });

  it('tells alerts by their key, and breakers by their path when they open or close', () => {
    const opened = (seq: number) =>
      [
        seq,
        fact('breaker.opened', seq, {
          evidence: { kind: 'consecutive', failureCount: 4, why: 'no answer' },
        }),
      ] as const;
    const told = rowsOf(
      opened(1),
      [2, fact('breaker.halfOpened', 2, {}), fact('breaker.probed', 2, {})],
      opened(3),
      [4, fact('breaker.closed', 4, { by: 'ada', why: 'fixed' })],
      [5, fact('alert.raised', 5, { key: 'feed', text: 'stale' })],
      [6, fact('alert.notified', 6, { key: 'feed' }), fact('alert.resolved', 6, { key: 'feed' })],
      [7, fact('alert.raised', 7, { key: 'feed', text: 'stale' })],
    );
    expect(told.map(({ seq, kind, from, to, why }) => [seq, kind, from, to, why])).toEqual([
      [1, 'breaker', 'closed', 'opened', '4 failures in a row: no answer'],
      [4, 'breaker', 'opened', 'closed', 'ada: fixed'],
      [5, 'alert', 'none', 'raised', 'stale'],
      [6, 'alert', 'raised', 'resolved', ''],
      [7, 'alert', 'none', 'raised', 'stale'],
    ]);
  });

  it('leaves out what has not changed', () => {
    expect(rowsOf([1, safety(1, 'healthy', 100)], [2, scored(2, 100, 100)])).toEqual([]);
  });

  it('keeps the newest rows, counts the others, and says what held before them', () => {
    const keeper = new TimelineKeeper();
    const last = timelineRowCountMax + 3;
    keeper.note(mode(0, 'reconciling', 'open'), 1);
    keeper.note(posture(0, ['chat'], { 'orders.open': 0.5 }), 1);
    for (let i = 2; i < last; i++) keeper.note(scored(i, i, i + 1), i);
    const { rows, leftOutCount, before, changes } = keeper.timeline;
    expect(rows).toHaveLength(timelineRowCountMax);
    expect(leftOutCount).toBe(3);
    expect(rows[0]).toMatchObject({ seq: 3, from: 3, to: 4 });
    expect(before).toMatchObject({ score: 3, tradingMode: 'open', openRatio: 0.5 });
    expect(before.forbidden).toEqual(['chat']);
    expect(changes).toEqual({ tradingMode: 1, posture: 1, score: timelineRowCountMax + 1 });
  });

  it('knows the last change of each state, however many rows came after it', () => {
    const keeper = kept(
      [1, mode(1, 'reconciling', 'open')],
      [2, mode(2, 'open', 'halted', 'signals/drawdown')],
      [3, safety(3, 'degraded', 70)],
    );
    for (let i = 4; i < timelineRowCountMax * 2; i++) keeper.note(scored(i, i, i + 1), i);
    expect(keeper.timeline.last.map(({ kind, seq, to }) => [kind, seq, to])).toEqual([
      ['tradingMode', 2, 'halted'],
      ['safety', 3, 'degraded'],
    ]);
    expect(linesOf(kept([1, mode(86_400_000, 'open', 'halted', 'ada')]).timeline)).toContain(
      '  at the end trading is halted, since 1970-01-02 00:00:00 (seq 1): ada: because',
    );
  });

  it('goes on from what was saved, and what is saved does not change with it', () => {
    const keeper = kept([1, safety(1, 'degraded', 70)]);
    const saved = keeper.save();
    const text = JSON.stringify(saved);
    const other = new TimelineKeeper();
    other.restore(JSON.parse(text));
    for (const each of [keeper, other]) each.note(safety(2, 'critical', 40), 2);
    expect(other.timeline).toEqual(keeper.timeline);
    expect(JSON.stringify(saved)).toBe(text);
    expect(other.timeline.rows.at(-1)).toMatchObject({ from: 'degraded', to: 'critical' });
  });
});

const cells = (line: string) => line.trim().split(/ {2,}/);
const linesOf = (timeline: Timeline) => formatTimeline(timeline).trimEnd().split('\n');

describe('timeline, as text', () => {
  const impaired = [{ id: 'broker', state: 'failing' }];

  it('is empty when nothing has happened', () => {
    expect(formatTimeline(emptyTimeline)).toBe('');
  });

  it('has a line for each turn, with all that holds after it', () => {
    const { timeline } = kept(
      [5, mode(0, 'reconciling', 'open')],
      [7, scored(60_000, 100, 86.67, impaired), safety(60_000, 'degraded', 86.67)],
      [7, posture(60_000, ['chat'], { 'orders.open': 0.5 })],
    );
    const [title, header, ...lines] = linesOf(timeline);
    expect(title).toBe(
      'timeline: changes 1 of the score, 1 of the safety state, 1 of the trading mode, ' +
        '1 of the posture',
    );
    expect(cells(header!)).toEqual([
      ...['time (UTC)', 'seq', 'score', 'level', 'safety', 'trading', 'opens', 'forbids', 'why'],
    ]);
    expect(cells(lines[0]!)).toEqual([
      ...['1970-01-01 00:00:00', '5', '100', 'normal', 'healthy', 'open', '100 %', '0'],
      'session: because',
    ]);
    const ends = linesOf(timeline).filter((line) => line.includes('at the end'));
    expect(ends.map((line) => line.trim().slice(0, 39))).toEqual([
      'at the end the safety state is degraded',
    ]);
    expect(cells(lines[1]!)).toEqual([
      ...['1970-01-01 00:01:00', '7', '86.67', 'normal', 'degraded', 'open', '50 %', '1'],
      'broker failing',
    ]);
    expect(lines.at(-1)).toMatch(/kintsugi explain DIR --seq N/);
  });

  it('leaves changes of the score alone, and alerts, to the lines of others', () => {
    const { timeline } = kept(
      [1, scored(1, 100, 90, impaired)],
      [2, scored(2, 90, 70, impaired)],
      [3, fact('alert.raised', 3, { key: 'k', text: 't' })],
      [4, level(4, 'normal', 'level1')],
    );
    const lines = linesOf(timeline).filter((line) => /^ {2}\d/.test(line));
    expect(lines).toHaveLength(1);
    expect(cells(lines[0]!).slice(1, 4)).toEqual(['4', '70', 'level1']);
  });

  it('shows the newest forty moments of many, aligned and in one width of sight', () => {
    const keeper = new TimelineKeeper();
    const why = 'x'.repeat(500);
    for (let i = 1; i <= 2_000; i++) {
      const to = i % 2 === 0 ? 'open' : 'halted';
      keeper.note({ ...mode(i, i % 2 === 0 ? 'halted' : 'open', to), why }, i);
    }
    const [title, header, ...rest] = linesOf(keeper.timeline);
    const lines = rest.filter((line) => /^ {2}\d/.test(line));
    expect(title).toMatch(/2000 of the trading mode, the newest 40 moments$/);
    expect(lines).toHaveLength(40);
    expect(cells(lines.at(-1)!).slice(1, 2)).toEqual(['2000']);
    const column = header!.indexOf('why');
    for (const line of lines) {
      expect(line.slice(column - 1, column + 8)).toBe(' session:');
      expect(line.length).toBeLessThan(200);
    }
  });
});
