/** Who watches with `system.inspect`, from within, sees the tree and disturbs nothing. */
import { expect, it } from 'vitest';
import { type AnyActorRef, createMachine, type InspectionEvent } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';

const logger = (errors: unknown[]) =>
  ({
    ...Object.fromEntries(['debug', 'info', 'warn', 'fatal'].map((name) => [name, () => {}])),
    error: (row: unknown) => errors.push(row),
    isLevelEnabled: () => false,
  }) as never;

it('late inspection sees events and states, may send, and may fail', async () => {
  const seen: string[] = [];
  const errors: { why?: string }[] = [];
  let watch = (_: InspectionEvent, __: AnyActorRef) => {};
  const watcher = createMachine({
    id: 'watcher',
    on: { WATCH: { actions: ({ self }) => self.system.inspect((event) => watch(event, self)) } },
  });
  const peer = createMachine({
    id: 'peer',
    initial: 'a',
    states: { a: { on: { GO: 'b' } }, b: { on: { BACK: 'a' } } },
  });
  const children = [child({ id: 'w', logic: watcher }), child({ id: 'p', logic: peer })];
  const tree = supervisor({ id: 'app', children });
  await using test = await testRuntime({ tree, logger: logger(errors) });
  test.send('/app/w', { type: 'WATCH' });
  watch = (event) => {
    if (event.type === '@xstate.event') seen.push(event.event.type);
    if (event.type === '@xstate.snapshot') {
      seen.push(String((event.snapshot as { value?: unknown }).value));
    }
  };
  test.send('/app/p', { type: 'GO' });
  expect(seen).toEqual(['GO', 'b']);
  // What it sends is an entry of its own, after the turn that it saw.
  watch = (event, self) => {
    if (event.type === '@xstate.event' && event.event.type === 'BACK') {
      (self.system.get('/app/p') as AnyActorRef).send({ type: 'GO' });
    }
  };
  test.send('/app/p', { type: 'BACK' });
  expect(test.snapshot('/app/p')?.value).toBe('b');
  expect((await test.journal()).slice(-2).map(({ input }) => input.event)).toEqual([
    { type: 'BACK' },
    { type: 'GO' },
  ]);
  watch = () => {
    throw new Error('blind');
  };
  test.send('/app/p', { type: 'BACK' });
  expect(test.snapshot('/app/p')).toMatchObject({ value: 'a', restarts: 0 });
  expect(errors[0]).toMatchObject({ why: 'blind', fact: 'system.inspect' });
  await expectReplays(test);
});
