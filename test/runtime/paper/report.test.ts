import { describe, expect, it } from 'vitest';
import { openBook } from '../../../machines/paper/book.ts';
import { type RunFindings, runReport } from '../../../runtime/paper/report.ts';
import { formatReport } from '../../../runtime/paper/report-text.ts';
import { emptyTally, type TalliedFact, tallied } from '../../../runtime/paper/tally.ts';

const fact = (type: string, at: number, path = '/b'): TalliedFact => ({ type, at, path });
const tallyOf = (...facts: TalliedFact[]) => facts.reduce(tallied, emptyTally);

const withOrders = {
  ...emptyTally,
  orders: { ...emptyTally.orders, sent: 5, filled: 3, refused: 2 },
};

const findings = (more: Partial<RunFindings> = {}): RunFindings => ({
  bars: 45_031,
  barsSkipped: 7,
  badLines: Array.from({ length: 6 }, (_, i) => ({ line: i + 3, reason: 'is bad' })),
  entries: 1_234_567,
  turns: 9,
  digest: 'abc',
  transitions: { session: 1_000, account: 3, idle: 0 },
  restarts: 1,
  fromMs: Date.UTC(2022, 0, 1),
  toMs: Date.UTC(2022, 0, 2),
  tally: withOrders,
  rejections: { '/b': 4 },
  book: { ...openBook(1_000), equity: 900.5, positionQuantity: -1, drawdownRatioMax: 0.25 },
  cash: 1_000,
  ...more,
});

describe('tally', () => {
  it('tells a trip from an opening after failed probes', () => {
    const { breakers } = tallyOf(
      fact('breaker.opened', 10),
      fact('breaker.halfOpened', 20),
      fact('breaker.probed', 21),
      fact('breaker.opened', 22),
      fact('breaker.halfOpened', 40),
      fact('breaker.probed', 41),
      fact('breaker.closed', 42),
      fact('breaker.opened', 50, '/c'),
    );
    const expected = { trips: 1, reopenings: 1, probes: 2, recoveries: 1, isClosed: true };
    expect(breakers['/b']).toEqual(expected);
    expect(breakers['/c']).toMatchObject({ trips: 1, isClosed: false });
  });

  it('counts switches of a pair, not the roles that are taken anew after a restart', () => {
    const told = (type: string, more: object) => ({ ...fact(type, 1), name: 'broker', ...more });
    const { pairs } = tallyOf(
      told('failover.switched', { from: null, to: 'primary', epoch: 1, cause: 'start' }),
      told('failover.failed', { to: 'backup', cause: 'failure' }),
      told('failover.switched', { from: 'primary', to: 'backup', epoch: 2, cause: 'failure' }),
      told('failover.suspended', { active: 'backup' }),
      told('failover.switched', { from: 'backup', to: 'backup', epoch: 3, cause: 'deposed' }),
    );
    const expected = { active: 'backup', epoch: 3, switches: 1, failed: 1, suspensions: 1 };
    expect(pairs).toEqual({ broker: expected });
    const text = formatReport(runReport(findings({ tally: { ...emptyTally, pairs } })));
    expect(text).toMatch(
      /failover broker +backup active under epoch 3, 1 switch, 1 failed, 1 suspension\n/,
    );
  });

  it('adds up the time in which any breaker was not closed, overlaps once', () => {
    const tally = tallyOf(
      fact('breaker.opened', 10),
      fact('breaker.opened', 15, '/c'),
      fact('breaker.closed', 20),
      fact('breaker.closed', 30, '/c'),
      fact('breaker.isolated', 100),
      fact('breaker.closed', 107),
    );
    expect(tally).toMatchObject({ haltedMs: 27, haltedSince: null });
  });

  it('counts orders over all lives of a session, and those that were filled in part', () => {
    const sent = { ...fact('order.sent', 1), order: { quantity: 2 } };
    const filled = (quantity: number) => ({ ...fact('order.filled', 2), quantity });
    const { orders } = tallyOf(sent, filled(2), sent, filled(0.5), fact('order.unknown', 3));
    expect(orders).toMatchObject({ sent: 2, filled: 2, filledInPart: 1, unknown: 1, failed: 0 });
  });

  it('counts facts by their type', () => {
    const tally = tallyOf(fact('order.filled', 1), fact('order.filled', 2), fact('feed.stale', 3));
    expect(tally.facts).toEqual({ 'order.filled': 2, 'feed.stale': 1 });
  });
});

describe('report', () => {
  it('has what the command line promises', () => {
    const tally = tallied(withOrders, fact('breaker.opened', 10));
    const report = runReport(findings({ tally }));
    expect(report).toMatchObject({
      bars: 45_031,
      barsSkipped: 7,
      from: '2022-01-01T00:00:00.000Z',
      breakers: { '/b': { trips: 1, rejected: 4, probes: 0, recoveries: 0 } },
      restarts: 1,
      patches: 0,
      alerts: 0,
      orders: { sent: 5, filled: 3, refused: 2 },
      equity: { start: 1_000, end: 900.5 },
      position: -1,
      drawdownRatioMax: 0.25,
      haltedMs: Date.UTC(2022, 0, 2) - 10,
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('can be made when the account was down', () => {
    const report = runReport(findings({ book: undefined }));
    expect(report).toMatchObject({ equity: { start: 1_000, end: 1_000 }, position: 0 });
  });

  it('reads well', () => {
    const facts = [fact('breaker.opened', 10), fact('breaker.closed', 93_784_010)];
    const tally = facts.reduce(tallied, withOrders);
    expect(formatReport(runReport(findings({ tally })))).toMatchInlineSnapshot(`
      "bars         45,031 (7 bad lines skipped)
                   line 3: is bad
                   line 4: is bad
                   line 5: is bad
                   line 6: is bad
                   line 7: is bad
                   and 2 more
      time         2022-01-01T00:00:00.000Z to 2022-01-02T00:00:00.000Z
      journal      1,234,567 entries, 9 turns
      digest       abc
      transitions  1,003 (session 1,000, account 3)
      breaker /b   1 trip, 0 reopenings, 4 calls rejected, 0 probes, 1 recovery
      supervision  1 restart
      patches      0
      alerts       0
      orders       5 sent, 3 filled (0 in part), 2 refused, 0 rejected, 0 failed, 0 unknown at first
      equity       1,000.00 to 900.50 (-9.95 %)
      fees         0.00
      position     -1
      drawdown     25.00 % at most
      halted       1 d 2 h
      "
    `);
  });
});
