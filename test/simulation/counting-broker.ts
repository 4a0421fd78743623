/** A broker in the test's own process: it survives the desks, and counts what reaches it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../runtime/random.ts';
import type { Placement } from './desk-tree.ts';

export interface CountingBroker extends AsyncDisposable {
  readonly port: number;
  /** Requests by key, in the order of their coming. */
  readonly requests: ReadonlyMap<string, readonly Placement[]>;
  /** What was done: once for each key. */
  readonly executions: readonly Placement[];
}

/** Executes each key once, and takes its time before and after. */
export async function countingBroker(seed: number): Promise<CountingBroker> {
  const random = seededRandom(seed).stream('broker');
  const requests = new Map<string, Placement[]>();
  const executions: Placement[] = [];
  const server = createServer(async (incoming, response) => {
    const pieces: Buffer[] = await incoming.toArray();
    const placement = JSON.parse(Buffer.concat(pieces).toString()) as Placement;
    const [beforeMs, afterMs] = [random.next() * 8, random.next() * 8];
    await sleep(beforeMs);
    const known = requests.get(placement.key);
    requests.set(placement.key, [...(known ?? []), placement]);
    if (!known) executions.push(placement);
    await sleep(afterMs);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    executions,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
