import { expect, it } from 'vitest';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import { eventLogConformance, nextBlock } from './event-log.conformance.ts';

eventLogConformance('memoryLog', memoryLog);

it('hands the log to whoever opens it last, and fences the writer before', async () => {
  const log = memoryLog();
  const before = await log.open();
  await log.open();
  const outcome = await log.append(nextBlock(before), { version: 0, epoch: before.epoch });
  expect(outcome).toEqual({ kind: 'fenced', epoch: 2 });
});
