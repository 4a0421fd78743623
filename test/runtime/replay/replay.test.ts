/** A replay says where it first did something else than the journal, and what. */
import { describe, expect, it } from 'vitest';
import { assign, createMachine, emit, fromPromise, setup } from 'xstate';
import { type AnySpec, type ChildSpec, child, supervisor } from '../../../actors/child.ts';
import type { EventLog } from '../../../actors/ports.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { memoryJournal, memoryLog } from '../../../runtime/journal/memory-log.ts';
import { divergenceText, diverges } from '../../../runtime/replay/divergence.ts';
import { type ReplayOptions, replayJournal } from '../../../runtime/replay/replay.ts';
import type { Runtime } from '../../../runtime/runtime.ts';

interface Ways {
  readonly guard?: () => boolean;
  readonly step?: number;
  readonly fact?: string;
  readonly act?: () => void;
  readonly input?: (event: unknown) => unknown;
  readonly target?: 'busy' | 'other';
}

/** The same chart, or nearly, whose functions do what the test wants. */
const machine = (ways: Ways = {}) =>
  setup({
    types: { context: {} as { n: number }, emitted: {} as { type: string } },
    guards: { may: ways.guard ?? (() => true) },
    actors: { job: fromPromise(() => new Promise(() => {})) },
    actions: {
      add: assign({ n: ({ context }) => context.n + (ways.step ?? 1) }),
      tell: emit(() => ({ type: ways.fact ?? 'added' })),
      act: ways.act ?? (() => {}),
    },
  }).createMachine({
    id: 'm',
    context: { n: 0 },
    initial: 'idle',
    on: { ACT: { actions: 'act' } },
    states: {
      idle: {
        on: { ADD: { guard: 'may', actions: ['add', 'tell'] }, GO: ways.target ?? 'busy' },
      },
      busy: { invoke: { src: 'job', input: ways.input ?? (() => 'a') } },
      other: {},
    },
  });

const treeOf = (ways: Ways = {}, over: Partial<ChildSpec> = {}, ...more: AnySpec[]) =>
  supervisor({
    id: 'app',
    intensity: 9,
    children: [child({ id: 'm', logic: machine(ways), ...over }), ...more],
  });

async function journalOf(
  use: (runtime: Runtime) => unknown,
  tree = treeOf(),
): Promise<{ log: EventLog; digest: string }> {
  const journal = memoryJournal();
  const runtime = await createRuntime({ tree, journal, clock: simulatedClock() });
  await runtime.start();
  await use(runtime);
  await runtime.stop();
  return { log: journal.log, digest: runtime.digest };
}

const add = (runtime: Runtime) => {
  for (let i = 0; i < 3; i++) runtime.send('/app/m', { type: 'ADD' });
};

describe('a replay', () => {
  it('of the same program agrees in every turn, and shows the tree at the end', async () => {
    const { log, digest } = await journalOf(add);
    const seen: number[] = [];
    const result = await replayJournal(log, { tree: treeOf(), onEntry: (seq) => seen.push(seq) });
    expect(result).toMatchObject({ entries: 4, turns: 4, lastSeq: 4, at: 0, digest });
    expect(result.divergence).toBeUndefined();
    expect(result.tree).toMatchObject([
      { path: '/app', children: [{ path: '/app/m', context: { n: 3 } }] },
    ]);
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it('may be given the way to build the tree from the header', async () => {
    const { log, digest } = await journalOf(add);
    const result = await replayJournal(log, {
      tree: async (header) => (header.host === 'custom' ? treeOf() : treeOf({ step: 5 })),
    });
    expect(result.digest).toBe(digest);
  });

  it('stops after the seq that it is told', async () => {
    const { log } = await journalOf(add);
    const result = await replayJournal(log, { tree: treeOf(), until: 2 });
    expect(result).toMatchObject({ entries: 2, turns: 2, lastSeq: 2 });
    expect(result.tree[0]!.children[0]).toMatchObject({ context: { n: 1 } });
  });

  it('compares from the seq that it is told, and does what comes before', async () => {
    const { log } = await journalOf((runtime) => {
      runtime.send('/app/m', { type: 'ADD' });
      runtime.send('/app/m', { type: 'GO' });
    });
    // The fact is another one in the turn before; the state is the same.
    const options = { tree: treeOf({ fact: 'summed' }) };
    expect((await replayJournal(log, options)).divergence?.seq).toBe(2);
    const later = await replayJournal(log, { ...options, from: 3 });
    expect(later).toMatchObject({ entries: 3, turns: 1, divergence: undefined });
  });

  it('of an empty journal is refused in words', async () => {
    await expect(replayJournal(memoryLog())).rejects.toThrow('The journal is empty');
  });
});

describe('the first divergence', () => {
  const cases: [string, (runtime: Runtime) => unknown, ReplayOptions, object][] = [
    [
      'a changed guard',
      add,
      { tree: treeOf({ guard: () => false }) },
      { seq: 2, path: '/app/m', field: 'changed', actual: undefined },
    ],
    [
      'a changed action',
      add,
      { tree: treeOf({ step: 2 }) },
      { seq: 2, path: '/app/m', field: 'fields.n', expected: 1, actual: 2, machine: 'm' },
    ],
    [
      'a changed fact',
      add,
      { tree: treeOf({ fact: 'summed' }) },
      { seq: 2, path: '/app/m', field: 'facts' },
    ],
    [
      'an effect asked for with another input',
      (runtime) => runtime.send('/app/m', { type: 'GO' }),
      { tree: treeOf({ input: () => 'b' }) },
      { seq: 2, field: 'effects' },
    ],
    [
      'another state',
      (runtime) => runtime.send('/app/m', { type: 'GO' }),
      { tree: treeOf({ target: 'other' }), allowChanged: true },
      { seq: 2, path: '/app/m', field: 'to', expected: 'busy', actual: 'other' },
    ],
    [
      'an actor too many',
      add,
      { tree: treeOf({}, {}, child({ id: 'x', logic: machine() })) },
      { seq: 1, path: '/app/x', field: 'changed', expected: undefined },
    ],
    [
      'a missing actor',
      add,
      { tree: supervisor({ id: 'app', intensity: 9, children: [] }), allowChanged: true },
      { seq: 1, path: '/app/m', field: 'changed', actual: undefined },
    ],
  ];
  it.each(cases)('names %s', async (_, use, options, expected) => {
    const { log } = await journalOf(use);
    const { divergence } = await replayJournal(log, options);
    expect(divergence).toMatchObject(expected);
  });

  it('is none when an action throws no more, because the journal says that it threw', async () => {
    const act = () => {
      throw new Error('boom');
    };
    const inTurn = { actions: 'inTurn' } as const;
    const { log } = await journalOf(
      (runtime) => runtime.send('/app/m', { type: 'ACT' }),
      treeOf({ act }, inTurn),
    );
    expect((await replayJournal(log, { tree: treeOf({}, inTurn) })).divergence).toBeUndefined();
    const after = await replayJournal(log, { tree: treeOf({}, { actions: 'afterTurn' }) });
    expect(after.divergence).toMatchObject({
      seq: 2,
      path: '/app/m',
      expected: { incarnation: 1 },
    });
  });

  it('reads as text', async () => {
    const { log } = await journalOf(add);
    const { divergence } = await replayJournal(log, { tree: treeOf({ step: 2 }) });
    const hash = divergence!.definition!.slice(0, 16);
    expect(divergenceText(divergence!)).toBe(
      [
        `Replay diverges at seq 2: /app/m (machine 'm', definition ${hash}), fields.n.`,
        '  expected 1',
        '  got      2',
      ].join('\n'),
    );
    expect(divergence!.definition).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names each part of the record that differs, in order', () => {
    const input = { seq: 2, at: 0, kind: 'event', path: '/a', event: {} } as const;
    const down = [{ path: '/a', why: 'boom' }];
    const effects = [{ id: '2.0', port: 'job' }];
    const found = diverges(input, { turn: 2, down, effects }, { turn: 2, facts: [1] });
    expect(found!.differences.map(({ field }) => field)).toEqual(['down', 'effects', 'facts']);
    expect(found).toMatchObject({ seq: 2, path: '/a', field: 'down', expected: down });
  });

  it('names everything that differs in its turn', async () => {
    const { log } = await journalOf(add);
    const tree = treeOf({ step: 2, fact: 'summed' });
    const { divergence } = await replayJournal(log, { tree });
    expect(divergence!.differences).toEqual([
      { path: '/app/m', field: 'fields.n', expected: 1, actual: 2 },
      {
        path: '/app/m',
        field: 'facts',
        expected: [{ type: 'added', path: '/app/m' }],
        actual: [{ type: 'summed', path: '/app/m' }],
      },
    ]);
    expect(divergenceText(divergence!)).toContain('  and /app/m, facts:\n    expected [{');
  });
});

describe('a chart that has changed', () => {
  it('is refused by name, unless that is allowed', async () => {
    const { log } = await journalOf((runtime) => runtime.send('/app/m', { type: 'ADD' }));
    const tree = treeOf({ target: 'other' });
    await expect(replayJournal(log, { tree })).rejects.toMatchObject({
      code: 'MACHINE_CHANGED',
      machines: ['m'],
      message: expect.stringContaining('--allow-changed'),
    });
    const allowed = await replayJournal(log, { tree, allowChanged: true });
    expect(allowed.divergence).toBeUndefined();
  });

  it('is refused by name when a machine is gone, or is new', async () => {
    const { log } = await journalOf(add);
    const none = supervisor({ id: 'app', children: [] });
    await expect(replayJournal(log, { tree: none })).rejects.toMatchObject({ machines: ['m'] });
    const extra = createMachine({ id: 'extra' });
    const more = treeOf({}, {}, child({ id: 'x', logic: extra }));
    await expect(replayJournal(log, { tree: more })).rejects.toMatchObject({ machines: ['extra'] });
  });
});
