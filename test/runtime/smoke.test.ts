import { expect, it } from 'vitest';
import { assign, fromPromise, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import { testRuntime } from '../../runtime/testing/index.ts';

const machine = setup({
  actors: { job: fromPromise(async ({ input }: { input: number }) => input * 2) },
  actions: {
    inc: assign({ n: ({ context }: any) => context.n + 1 }),
    boom: () => {
      throw new Error('boom');
    },
  },
}).createMachine({
  id: 'm',
  context: { n: 0, got: 0 } as any,
  initial: 'a',
  on: { INC: { actions: 'inc' }, BOOM: { actions: 'boom' } },
  states: {
    a: { on: { RUN: 'run' }, after: { 50: 'late' } },
    run: {
      invoke: {
        src: 'job',
        input: ({ context }: any) => context.n,
        onDone: { target: 'a', actions: assign({ got: ({ event }: any) => event.output }) },
      },
    },
    late: {},
  },
});
it('runs', async () => {
  const tree = supervisor({ id: 'app', children: [child({ id: 'm', logic: machine })] });
  const t = await testRuntime({ tree });
  t.send('/app/m', { type: 'INC' });
  t.send('/app/m', { type: 'RUN' });
  await t.settle();
  expect(t.snapshot('/app/m')?.context).toEqual({ n: 1, got: 2 });
  await t.advance(60);
  expect(t.snapshot('/app/m')?.value).toBe('late');
  t.send('/app/m', { type: 'BOOM' });
  await t.settle();
  expect(t.snapshot('/app/m')).toMatchObject({ value: 'a', restarts: 1, context: { n: 0 } });
  const b = t.runtime.breaker('quotes', { callTimeoutMs: 100 });
  for (let i = 0; i < 5; i++)
    await b
      .execute(() => {
        throw new Error('x');
      })
      .catch(() => {});
  expect(b.state).toBe('open');
  await t.advance(70_000);
  expect(b.state).toBe('halfOpen');
  t.runtime.settings.patch([{ op: 'replace', path: '/breakers/quotes/callTimeoutMs', value: 7 }], {
    by: 'me',
    why: 'x',
  });
  await t.settle();
  console.log(JSON.stringify(await t.journal(), null, 0));
  const r = await t.replay();
  expect(r.divergence).toBeUndefined();
  expect(r.digest).toBe(t.digest());
  console.log(r.tree);
});
