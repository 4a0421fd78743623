/** Decisions of the pool of tensor jobs: their evidence in words, and judged again. */
import { describe, expect, it } from 'vitest';
import type { TensorBackends } from '../../../actors/ports.ts';
import { tensorSupervisor } from '../../../actors/tensor.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import { decisionsIn } from '../../support/explained.ts';
import { inside } from '../../support/inside.ts';
import { tensorStage } from '../../support/tensor-stage.ts';

const nobody: TensorBackends = { compute: () => new Promise(() => {}), gpu: () => () => {} };

describe('decisions of the pool of tensor jobs', () => {
  it('are told with their numbers, and come to the same again', async () => {
    await using t = await tensorStage({ workerCountMax: 1, queueCountMax: 1 }, 1);
    for (const id of ['a', 'b']) await t.ask(id);
    await t.fail('a', 'LOST');
    await t.advance(10);
    await t.done('a');
    await t.runtime.flush();
    const { log } = inside(t.runtime).journal;
    const tree = tensorSupervisor(nobody);
    const told = await decisionsIn(log, (seq) => explain(log, { seq }, { tree }));
    expect(told.map(({ text, agrees }) => [text, agrees])).toEqual([
      ['1 jobs run and 1 wait on 2 places; they hold 200 bytes', true],
      ["'a' runs again after attempt 1 on the cpu: LOST, test: LOST", true],
      ['1 jobs run and 0 wait on 2 places; they hold 100 bytes', true],
    ]);
  });
});
