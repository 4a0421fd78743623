/**
 * Reads a paper journal from its first entry and compares it with what its processes had
 * acknowledged, and with what the broker has executed.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { paperPaths } from '../../actors/paper/tree.ts';
import type { OrderReport } from '../../actors/ports.ts';
import type { Bar } from '../../machines/paper/bar.ts';
import type { Book } from '../../machines/paper/book.ts';
import { cleanQuantity, signedQuantity } from '../../machines/paper/quantity.ts';
import type { FilledOrder, PendingOrder } from '../../machines/paper/session-types.ts';
import { treeOfJournal } from '../../runtime/cli/journal-tree.ts';
import { verifyJournal } from '../../runtime/journal/verify.ts';
import { openFeed } from '../../runtime/paper/feed.ts';
import type { RunReport } from '../../runtime/paper/report.ts';
import type { Acknowledged } from './acknowledge.ts';
import { AcknowledgedPrefix, replayed, TimerOrder } from './replayed.ts';

export interface PaperAudit {
  /** Restarts that the journal tells of. */
  readonly resumes: number;
  readonly timersFired: number;
  readonly ordersSent: number;
  readonly ordersExecuted: number;
}

type Fact = { readonly type: string } & Record<string, unknown>;

/** @throws {AssertionError} on the first thing that does not hold. */
export async function auditPaper(
  dir: string,
  acknowledged: readonly Acknowledged[],
  report: RunReport,
  feed: string,
): Promise<PaperAudit> {
  const verified = await verifyJournal(dir);
  assert(verified.ok, JSON.stringify(verified.damage));
  assert.equal(verified.entries, report.entries);
  const prefix = new AcknowledgedPrefix(acknowledged);
  const timers = new TimerOrder();
  const facts: Fact[] = [];
  const barTimes: number[] = [];
  let resumes = 0;
  const core = await replayed(dir, treeOfJournal, (turn, at) => {
    prefix.check(turn, at);
    timers.check(turn, at);
    if (turn.input.kind === 'resume') resumes += 1;
    const { type, bar } = (turn.input.event ?? {}) as { type?: string; bar?: Bar };
    if (type === 'BAR') barTimes.push(bar!.at);
    facts.push(...((turn.line.facts ?? []) as Fact[]));
  });
  prefix.end();
  assert.deepEqual(barTimes, await timesOf(feed), 'Every bar is taken once, in order.');
  assert.equal(core.engine.digest.value, report.digest);
  const book = core.tree.node(paperPaths.account)?.actor?.getSnapshot().context as Book;
  const orders = auditOrders(facts, executedBy(join(dir, 'paper-broker.ndjson')), book);
  return { resumes, timersFired: timers.fired, ...orders };
}

async function timesOf(feed: string): Promise<number[]> {
  const times: number[] = [];
  for await (const { at } of openFeed(feed)) times.push(at);
  return times;
}

/** What the broker has done, by id: it does nothing twice under one id. */
function executedBy(ledger: string): Map<string, OrderReport> {
  const executed = new Map<string, OrderReport>();
  for (const line of readFileSync(ledger, 'utf8').trimEnd().split('\n')) {
    const report = JSON.parse(line) as OrderReport;
    if ('epoch' in report) continue;
    const { clientOrderId: id, filledQuantity } = report;
    const before = executed.get(id);
    if (before) {
      assert.equal(report.status, 'cancelled', `The broker did '${id}' twice.`);
      assert.equal(filledQuantity, before.filledQuantity, `'${id}' was filled once more.`);
    }
    executed.set(id, report);
  }
  return executed;
}

/** Every order that the broker has executed was decided once and booked once, as it was filled. */
function auditOrders(facts: readonly Fact[], executed: Map<string, OrderReport>, book: Book) {
  const sent = new Map<string, PendingOrder>();
  const booked = new Set<string>();
  for (const fact of facts) {
    if (fact.type === 'order.sent') {
      const order = fact['order'] as PendingOrder;
      assert(!sent.has(order.clientOrderId), `'${order.clientOrderId}' stands for two orders.`);
      sent.set(order.clientOrderId, order);
    } else if (fact.type === 'order.filled') {
      const { clientOrderId: id, quantity, side } = fact as unknown as FilledOrder;
      assert(!booked.has(id), `'${id}' was booked twice.`);
      booked.add(id);
      const done = executed.get(id);
      assert(done, `'${id}' was booked and never executed.`);
      assert.deepEqual([done.side, done.filledQuantity], [side, quantity], `'${id}' is another.`);
    } else if (fact.type === 'account.adjusted') {
      assert.fail(`The account did not know what was executed: ${JSON.stringify(fact)}`);
    }
  }
  let position = 0;
  for (const [id, { side, filledQuantity }] of executed) {
    assert(sent.has(id), `The broker executed '${id}', which nobody remembers to have decided.`);
    assert(booked.has(id), `'${id}' was executed and never booked.`);
    position = cleanQuantity(position + signedQuantity(side, filledQuantity));
  }
  assert.equal(book.positionQuantity, position, 'Account and broker disagree.');
  return { ordersSent: sent.size, ordersExecuted: executed.size };
}
