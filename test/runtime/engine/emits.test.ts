/** Whoever emits, the host hears of it, from a fact that is in the journal. */
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type AnyActorLogic,
  assign,
  createMachine,
  emit,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  sendTo,
  setup,
} from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { expectReplays } from '../../support/expect-replays.ts';

const owner = (inner: AnyActorLogic) =>
  setup({ types: { context: {} as { why: string } }, actors: { inner } }).createMachine({
    id: 'owner',
    context: { why: '' },
    invoke: {
      src: 'inner',
      id: 'inner',
      onError: { actions: assign({ why: ({ event }) => String(event.error) }) },
    },
    on: { TELL: { actions: sendTo('inner', ({ event }) => ({ ...event, type: 'TOLD' })) } },
  });

const heard = (n: unknown) => ({ type: 'heard', n, path: '/app/o/inner' });

const start = async (inner: AnyActorLogic) => {
  const facts: unknown[] = [];
  const tree = supervisor({ id: 'app', children: [child({ id: 'o', logic: owner(inner) })] });
  const test = await testRuntime({ tree });
  test.runtime.on('heard', ({ at: _, seq: __, ...fact }) => facts.push(fact));
  return Object.assign(test, { facts });
};

const emitters: Record<string, AnyActorLogic> = {
  'a machine': createMachine({
    on: { TOLD: { actions: emit(({ event }) => ({ type: 'heard', n: event['n'] })) } },
  }),
  'a transition': fromTransition((state: null, event, { emit: say }) => {
    if (event.type === 'TOLD') say({ type: 'heard', n: (event as never)['n'] } as never);
    return state;
  }, null),
  'a callback': fromCallback(({ receive, emit: say }) => {
    receive((event) => say({ type: 'heard', n: (event as never)['n'] } as never));
  }),
};

describe('what is emitted', () => {
  it.each(Object.keys(emitters))('by %s is a fact of the turn', async (name) => {
    await using test = await start(emitters[name]!);
    test.send('/app/o', { type: 'TELL', n: 1 });
    test.send('/app/o', { type: 'TELL', n: 2 });
    expect(test.facts).toEqual([heard(1), heard(2)]);
    await expectReplays(test);
    expect(test.facts.length).toBe(2);
  });

  it('by a promise comes before its outcome', async () => {
    const order: string[] = [];
    const speaking = fromPromise(async ({ emit: say }) => {
      say({ type: 'heard', n: 1 } as never);
      await undefined;
      say({ type: 'heard', n: 2 } as never);
    });
    await using test = await start(speaking);
    await test.settle();
    for (const { input, turn } of await test.journal()) {
      order.push(`${input.kind} ${JSON.stringify((turn.facts?.[0] as { n: 1 })?.n ?? null)}`);
    }
    expect(order).toEqual(['command null', 'outcome 1', 'outcome 2', 'outcome null']);
    await expectReplays(test);
  });

  it.each<[string, AnyActorLogic]>([
    ['observable', fromObservable(({ emit: say }) => of(say({ type: 'heard', n: 1 } as never)))],
    [
      'event observable',
      fromEventObservable(({ emit: say }) => {
        say({ type: 'heard', n: 1 } as never);
        return of({ type: 'value' });
      }),
    ],
  ])('by an %s is a fact', async (_, logic) => {
    await using test = await start(logic);
    const facts = (await test.journal()).flatMap(({ turn }) => turn.facts ?? []);
    expect(facts).toEqual([heard(1)]);
    await expectReplays(test);
  });

  it('and cannot be held by the journal is a failure of who emits it', async () => {
    await using test = await start(
      fromCallback(({ receive, emit: say }) => {
        receive(() => say({ type: 'heard', n: new Map() } as never));
      }),
    );
    test.send('/app/o', { type: 'TELL' });
    expect(test.facts).toEqual([]);
    const { why } = test.snapshot('/app/o')!.context as { why: string };
    expect(why).toContain("The journal cannot hold a Map at 'fact.n'");
    await expectReplays(test);
  });
});
