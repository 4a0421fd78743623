/** Patches rehearsed on the journal of the very runtime that they would change. */
import { expect, it } from 'vitest';
import { assign, emit, setup } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import type { StrategySettings } from '../../config/paper.ts';
import type { Fact } from '../../runtime/options.ts';
import { journalRehearsal } from '../../runtime/rehearsal.ts';
import { lives } from '../support/lives.ts';

type Context = { readonly quantity: number };
type Event = { type: 'ORDER' } | { type: 'SETTINGS_CHANGED'; settings: StrategySettings };

/** A desk whose orders are refused when they are large. */
const desk = setup({
  types: {
    context: {} as Context,
    events: {} as Event,
    input: {} as Context,
    emitted: {} as { type: 'order.refused' | 'order.filled' },
  },
  guards: { isLarge: ({ context }) => context.quantity > 0.8 },
  actions: {
    adopt: assign(({ event }) =>
      event.type === 'SETTINGS_CHANGED' ? { quantity: event.settings.quantity } : {},
    ),
    refuse: emit({ type: 'order.refused' }),
    fill: emit({ type: 'order.filled' }),
  },
}).createMachine({
  id: 'desk',
  context: ({ input }) => input,
  on: {
    ORDER: [{ guard: 'isLarge', actions: 'refuse' }, { actions: 'fill' }],
    SETTINGS_CHANGED: { actions: 'adopt' },
  },
});

const tree = supervisor({
  id: 'app',
  children: [
    child({
      ...{ id: 'desk', logic: desk, settings: '/paper/strategy' },
      input: ({ settings }: { settings: unknown }) => ({
        quantity: (settings as StrategySettings).quantity,
      }),
    }),
  ],
});

/** What becomes of a patch of the quantity, after five orders at half of it. */
async function proposed(value: number) {
  const all = lives({ tree, settings: { paper: { strategy: { quantity: 0.5 } } } });
  const runtime = await all.next(0);
  for (let i = 0; i < 5; i += 1) runtime.send('/app/desk', { type: 'ORDER' });
  await runtime.flush();
  const facts: Fact[] = [];
  runtime.on('*', (fact) => facts.push(fact));
  runtime.secr.rehearseWith(journalRehearsal(all.log, { tree }));
  runtime.secr.propose({
    ...{ group: 'ORDER', subgroup: 'SLIP_DRIFT', by: 'ada', why: 'larger orders' },
    operations: [{ op: 'replace', path: '/paper/strategy/quantity', value }],
  });
  await expect
    .poll(() => facts.some(({ type }) => /patch\.(rejected|canary)/.test(type)))
    .toBe(true);
  const { quantity } = runtime.settings.current.paper.strategy;
  await runtime.stop();
  return { facts, quantity };
}

it('rejects with numbers what the journal shows to be worse', async () => {
  const { facts, quantity } = await proposed(0.9);
  expect(facts.find(({ type }) => type === 'patch.rejected')?.['why']).toBe(
    'order.refused 5, was 0',
  );
  expect(quantity).toBe(0.5);
});

it('tries half of a change that would have made nothing worse', async () => {
  const { facts, quantity } = await proposed(0.7);
  const rehearsed = facts.find(({ type }) => type === 'patch.rehearsed');
  expect(rehearsed?.['rehearsal']).toMatchObject({ kind: 'evaluated', isWorse: false });
  expect(quantity).toBe(0.6);
});

it('says nothing by a journal that it cannot run again', async () => {
  const broken = journalRehearsal({} as never);
  const signal = new AbortController().signal;
  const operations = [{ op: 'replace', path: '/paper/strategy/quantity', value: 1 }] as const;
  const rehearsal = await broken({ id: 'p-1', operations, signal });
  expect(rehearsal.kind).toBe('notEvaluable');
});
