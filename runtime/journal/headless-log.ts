/**
 * Segments without their head, as somebody has copied them: read only. The chain is checked; an end
 * that was cut off is not noticed, because the head alone knows of it.
 */
import type { EventLog, LogHead, LogPosition } from '../../actors/ports.ts';
import { corrupt, damageOfBlock } from './damage.ts';
import { FileSnapshots } from './file-snapshots.ts';
import type { Folder } from './file-system.ts';
import { folderOf, listSegments } from './files.ts';
import { earlierThan } from './position.ts';
import { logHead } from './segment-writer.ts';
import { boundaryBefore } from './segments.ts';
import { type Batch, type Walked, type WalkOptions, walkBlocks } from './walk.ts';

/** What readers of a log ask for. */
export const headlessLog = (dir: string): EventLog => {
  const folder = folderOf(dir);
  const readers = {
    read: (from?: LogPosition) => blocksOf(folder, from),
    head: () => endOf(folder),
    snapshots: new FileSnapshots(folder),
  };
  return readers as unknown as EventLog;
};

/** @throws {JournalCorruptError} behind the last block that can be trusted. */
async function* checked(folder: Folder, options?: WalkOptions): AsyncGenerator<Batch, Walked> {
  const walked = yield* walkBlocks(folder, options);
  const { end, obstacle } = walked;
  if (obstacle && !obstacle.isTorn) {
    throw corrupt(damageOfBlock(folder.dir, end, obstacle, undefined));
  }
  return walked;
}

async function* blocksOf(folder: Folder, from: LogPosition = { version: 1 }) {
  const isEarly = earlierThan(from);
  const newest = (await listSegments(folder)).at(-1) ?? 0;
  const begin = await boundaryBefore(folder, from, newest);
  for await (const { blocks } of checked(folder, { from: begin })) {
    for (const { line, bytes } of blocks) {
      const { block: version, first: firstSeq, last: lastSeq, hash } = line;
      if (isEarly({ version, lastSeq })) continue;
      yield { version, firstSeq, lastSeq, hash, text: bytes.toString('utf8') };
    }
  }
}

async function endOf(folder: Folder): Promise<LogHead> {
  const walk = checked(folder);
  for (;;) {
    const step = await walk.next();
    if (step.done) return logHead(step.value.end);
  }
}
