/** Desks that decide orders one after the other, in a process that may be killed at any moment. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Interruption } from '../../config/supervision.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { acknowledge } from './acknowledge.ts';
import { orderOf, say } from './child-process.ts';
import { type DeskContext, deskPath, desks, deskTree, type Placement } from './desk-tree.ts';

export interface DeskOrder {
  readonly journal: string;
  readonly policy: Interruption;
  /** Of the broker, on the loopback. */
  readonly port: number;
  /** Orders that each desk decides. */
  readonly orderCount: number;
  /** Pause between two flushes, ms. */
  readonly flushEveryMs: number;
}

const { journal, policy, port, orderCount, flushEveryMs } = orderOf<DeskOrder>();
say({ at: 'loaded' });
const agent = new Agent({ keepAlive: true });

function place(placement: Placement): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/', agent });
    sent.on('error', reject);
    sent.on('response', (response) => response.resume().on('end', resolve));
    sent.end(JSON.stringify(placement));
  });
}

const runtime = await createRuntime({
  tree: deskTree(policy, place),
  journal,
  settings: { journal: { snapshotEveryCount: 20 } },
});
await runtime.start();
say({ at: 'running', seq: runtime.seq });
void acknowledge(runtime, flushEveryMs);

/** Decides the next order of each desk that is free; false when all have come to their end. */
function decide(): boolean {
  let isGoingOn = false;
  for (const desk of desks) {
    const { context, tags } = runtime.snapshot(deskPath(desk))!;
    const { decided } = context as DeskContext;
    const isFree = !tags.includes('busy');
    if (isFree && decided < orderCount) runtime.send(deskPath(desk), { type: 'DECIDE' });
    isGoingOn ||= !isFree || decided < orderCount;
  }
  return isGoingOn;
}

while (decide()) await sleep(1);
say({ at: 'feedEnd' });
await runtime.stop();
agent.destroy();
say({ at: 'end' });
