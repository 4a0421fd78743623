/** Two processes as a failover pair on the paper broker: the active one is killed or paused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultSettingsSchema } from '../../config/paper-broker.ts';
import { otherSide, type Side } from '../../machines/policies/failover-verdict.ts';
import { startBrokerServer } from '../../runtime/paper/broker-server.ts';
import { Child } from './child-process.ts';
import type { PairMessage, PairOrder } from './pair-process.ts';

export interface PairOutcome {
  /** From the signal to the first order of the other side at the broker, ms, by round. */
  readonly switchMs: readonly number[];
  readonly executed: number;
  readonly acked: number;
  /** Numbers that were executed more than once. */
  readonly doubled: readonly number[];
  /** Numbers that were acknowledged and not executed, or that the sequence leaves out. */
  readonly lost: readonly number[];
  /** Whether an order of an old epoch came after one of a newer epoch. */
  readonly isMixed: boolean;
}

export interface PairRounds {
  /** A folder of the caller's own. */
  readonly dir: string;
  readonly rounds: number;
  readonly heartbeatMs: number;
}

const giveUpMs = 60_000;

async function until(what: string, isSo: () => boolean): Promise<void> {
  const untilMs = performance.now() + giveUpMs;
  while (!isSo()) {
    if (performance.now() > untilMs) throw new Error(`Waited for ${what} in vain.`);
    await sleep(1);
  }
}

export async function pairRounds({ dir, rounds, heartbeatMs }: PairRounds): Promise<PairOutcome> {
  const faults = faultSettingsSchema.parse({
    enabled: false,
    latencyMedianMs: 0,
    latencyTailMs: 0,
  });
  const ledgerPath = join(dir, 'broker.ndjson');
  /** When each side's last order came to the broker: the symbol says whose it is. */
  const executedAtMs = new Map<string, number>();
  const server = await startBrokerServer({
    seed: 1,
    faults: () => faults,
    fees: () => ({ feeBasisPoints: 0, slippageBasisPoints: 0 }),
    marketPrice: (symbol) => {
      executedAtMs.set(symbol, performance.now());
      return undefined;
    },
    ledgerPath,
  });
  const acked: number[] = [];
  const states = new Map<Side, string>();
  const start = (side: Side) => {
    states.delete(side);
    const { port, key } = server;
    const place = { leases: join(dir, 'leases'), journal: join(dir, side) };
    const order: PairOrder = { side, ...place, port, key, seed: 1, faults, heartbeatMs };
    return new Child<PairMessage>(join(import.meta.dirname, 'pair-process.ts'), order, (told) => {
      if (told.at === 'state') states.set(side, told.state);
      else acked.push(told.number);
    });
  };
  const children = { primary: start('primary'), backup: start('backup') };
  const isTrading = (side: Side, sinceMs: number) => (executedAtMs.get(side) ?? 0) > sinceMs;
  const switchMs: number[] = [];
  try {
    let active: Side | undefined;
    for (let round = 0; round < rounds; round += 1) {
      // One side trades, and the other one follows it.
      const begunMs = performance.now();
      await until('a side that trades, and one that follows', () => {
        const sides = (['primary', 'backup'] as const).filter((side) => isTrading(side, begunMs));
        active = sides.find((side) => states.get(otherSide(side)) === side);
        return active !== undefined;
      });
      await sleep(3 * heartbeatMs);
      const [hit, next] = [active!, otherSide(active!)];
      const hitMs = performance.now();
      const isKill = round % 2 === 0;
      if (isKill) children[hit].kill();
      else children[hit].pause();
      await until(`the ${next} to trade`, () => isTrading(next, hitMs));
      switchMs.push(executedAtMs.get(next)! - hitMs);
      if (isKill) children[hit] = start(hit);
      else children[hit].resume();
    }
    await sleep(5 * heartbeatMs);
  } finally {
    for (const child of Object.values(children)) child.kill();
    await Promise.all(Object.values(children).map((child) => child.ended));
    await server.close();
  }
  return { switchMs, acked: acked.length, ...audit(ledgerPath, acked) };
}

/** What the broker's own ledger says of the orders. */
function audit(ledgerPath: string, acked: readonly number[]) {
  const orders = readFileSync(ledgerPath, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { clientOrderId?: string })
    .flatMap(({ clientOrderId }) => (clientOrderId ? [clientOrderId.split('.').map(Number)] : []));
  const numbers = orders.map(([number]) => number!);
  const known = new Set(numbers);
  const gaps = Array.from({ length: known.size }, (_, index) => index + 1);
  return {
    executed: numbers.length,
    doubled: numbers.filter((number, index) => numbers.indexOf(number) !== index),
    lost: [...acked, ...gaps].filter((number) => !known.has(number)),
    isMixed: orders.some(([, epoch], index) => epoch! < (orders[index - 1]?.[1] ?? 0)),
  };
}

/** The value below which a share of the others lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
