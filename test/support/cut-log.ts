import type { EventLog } from '../../actors/ports.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';

/** The log as a crash has left it: its first blocks, and the snapshots that were taken by then. */
export async function cutAfter(log: EventLog, version: number): Promise<EventLog> {
  const cut = memoryLog();
  let { epoch } = await cut.open();
  for await (const block of log.read()) {
    if (block.version > version) break;
    // Each life of the log had an epoch of its own.
    const written = JSON.parse(block.text.trimEnd().split('\n').at(-1)!) as { epoch: number };
    while (epoch < written.epoch) ({ epoch } = await cut.open());
    await cut.append(block, { version: block.version - 1, epoch });
  }
  const { lastSeq } = await cut.head();
  for (const seq of await log.snapshots!.list()) {
    if (seq <= lastSeq) await cut.snapshots!.write(seq, log.snapshots!.read(seq));
  }
  return cut;
}
