/**
 * Machines that use everything a chart can do, for the fuzz test: parallel and nested states, deep
 * history, every kind of delay, invoked and spawned actors of every kind, and crashes in every
 * place.
 */
import { Subject } from 'rxjs';
import {
  type AnyActorLogic,
  type AnyActorRef,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  raise,
  sendParent,
  sendTo,
  setup,
  stopChild,
} from 'xstate';

export type CrashPlace = 'note' | 'entry' | 'exit' | 'leaf' | 'receive' | 'dispose' | 'start';

interface Deferred {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** The outside world: what effects reach, and what a test does with it. */
export const world = {
  promises: [] as Deferred[],
  callbacks: [] as ((event: { type: string }) => void)[],
  subjects: [] as Subject<number>[],
  eventSubjects: [] as Subject<{ type: string }>[],
  crashes: new Set<CrashPlace>(),
  /** Effects that ran. A replay must not move it. */
  ran: 0,
  reset(): void {
    this.promises = [];
    this.callbacks = [];
    this.subjects = [];
    this.eventSubjects = [];
    this.crashes = new Set();
  },
};

const later = () => {
  world.ran++;
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  world.promises.push({ resolve, reject });
  return promise;
};

const effect = (place: CrashPlace) => () => {
  world.ran++;
  if (world.crashes.has(place)) throw new TypeError(`crash in ${place}`);
};

const crashWhen = effect;

interface LeafContext {
  readonly count: number;
  readonly tag: string;
}

/** A small child that can end, crash and answer. */
export const leaf = createMachine({
  id: 'leaf',
  types: {} as { context: LeafContext; input: { readonly tag: string } | undefined },
  context: ({ input }) => ({ count: 0, tag: input?.tag ?? 'none' }),
  initial: 'idle',
  on: { UP: { actions: sendParent({ type: 'LEAF_UP' }) } },
  states: {
    idle: {
      on: { GO: 'busy' },
      after: {
        50: { target: 'busy', actions: assign({ count: ({ context }) => context.count + 1 }) },
      },
    },
    busy: {
      entry: assign({ count: ({ context }) => context.count + 1 }),
      after: { 30: 'idle' },
      on: { END: 'end', BOOM: { actions: crashWhen('leaf') } },
    },
    end: { type: 'final' },
  },
  output: ({ context }) => ({ count: context.count }),
});

export interface RichContext {
  readonly n: number;
  readonly name: string;
  readonly kids: readonly AnyActorRef[];
  readonly first: AnyActorRef;
  readonly inline: AnyActorRef | undefined;
  readonly got: unknown;
  readonly tick: number | undefined;
  readonly heard: string | undefined;
  readonly counts: Readonly<Record<string, number>>;
  readonly odd: number;
  readonly when: Date;
}

const feed = fromCallback(({ sendBack, receive }) => {
  effect('start')();
  sendBack({ type: 'FED' });
  receive((event) => {
    effect('receive')();
    sendBack({ type: 'ECHO', of: event.type });
  });
  world.callbacks.push(sendBack);
  return effect('dispose');
});

const ticks = fromObservable(() => {
  effect('start')();
  const subject = new Subject<number>();
  world.subjects.push(subject);
  return subject;
});

const events = fromEventObservable(() => {
  effect('start')();
  const subject = new Subject<{ type: string }>();
  world.eventSubjects.push(subject);
  return subject;
});

const counter = fromTransition(
  (state: { total: number }, event: { type: string }) =>
    event.type === 'ADD' ? { total: state.total + 1 } : state,
  { total: 0 },
);

const richSetup = setup({
  types: {
    context: {} as RichContext,
    input: {} as { readonly name: string },
    events: {} as { type: string; readonly [key: string]: unknown },
    emitted: {} as { type: string; n: number },
  },
  actors: { job: fromPromise(later), feed, ticks, events, counter, leaf },
  guards: {
    many: ({ context }) => context.n >= 3,
    throws: ({ context }) => {
      if (context.n % 3 === 1) throw new Error('crash in guard');
      return false;
    },
  },
  delays: { wait: ({ context }) => 20 + context.n },
  actions: {
    count: assign({
      counts: ({ context: { counts } }, { name }: { name: string }) => ({
        ...counts,
        [name]: (counts[name] ?? 0) + 1,
      }),
    }),
    note: effect('note'),
    enter: effect('entry'),
    leave: effect('exit'),
  },
});

/** Logic without a name; the types of `setup` know only those with one. */
type SpawnInline = (logic: AnyActorLogic, options: object) => AnyActorRef;

const inc = richSetup.assign({ n: ({ context }) => context.n + 1 });
const count = (name: string) => ({ type: 'count', params: { name } }) as const;
/** The same peer, found by its path and told by a delayed send. */
const peerRef = ({ system }: { system: { get(key: string): AnyActorRef | undefined } }) =>
  system.get('/app/peer')!;

export const rich = richSetup.createMachine({
  id: 'rich',
  type: 'parallel',
  context: ({ input, spawn }) => ({
    n: 0,
    name: input.name,
    kids: [],
    first: spawn('leaf', { id: 'first', input: { tag: 'first' } }),
    inline: undefined,
    got: null,
    tick: undefined,
    heard: undefined,
    counts: {},
    odd: Number.NaN,
    when: new Date(5),
  }),
  invoke: [{ src: 'counter', id: 'counter' }],
  on: {
    INC: { actions: [inc, 'note', emit(({ context }) => ({ type: 'counted', n: context.n }))] },
    THROWS: { guard: 'throws', actions: inc },
    LEAF_UP: { actions: count('up') },
    // What it sends is part of the turn, though the entry came while a callback was starting.
    FED: { actions: [count('fed'), sendTo('counter', { type: 'ADD' })] },
    ECHO: { actions: assign({ heard: ({ event }) => String(event['of']) }) },
    SPAWN: {
      actions: assign({
        kids: ({ context: { kids }, spawn }) => [
          ...kids,
          spawn('leaf', { input: { tag: `kid ${kids.length}` } }),
        ],
      }),
    },
    SPAWN_INLINE: {
      actions: assign({
        inline: ({ context, spawn }) =>
          context.inline ??
          (spawn as unknown as SpawnInline)(leaf, {
            id: 'inline',
            systemId: `inline of ${context.name}`,
          }),
      }),
    },
    // The first time it is fine; the second one takes an id that is in use.
    SPAWN_TWICE: {
      actions: assign({
        inline: ({ spawn }) => spawn('leaf', { id: 'twice', input: { tag: 't' } }),
      }),
    },
    STOP_KID: {
      guard: ({ context }) => context.kids.length > 0,
      actions: [
        stopChild(({ context }) => context.kids[0]!),
        assign({ kids: ({ context }) => context.kids.slice(1) }),
      ],
    },
    POKE: {
      actions: enqueueActions(({ context, enqueue }) => {
        for (const kid of context.kids) enqueue.sendTo(kid, { type: 'GO' });
        enqueue.sendTo('counter', { type: 'ADD' });
        enqueue.sendTo(context.first, { type: 'UP' });
      }),
    },
    KID_BOOM: { actions: sendTo(({ context }) => context.first, { type: 'BOOM' }) },
    PEER: { actions: sendTo(peerRef, { type: 'HELLO' }) },
    PEER_LATER: { actions: sendTo(peerRef, { type: 'HELLO' }, { delay: 15, id: 'hello' }) },
    NOT_LATER: { actions: cancel('hello') },
    LATER: { actions: raise({ type: 'INC' }, { delay: 10 }) },
    SELF: {
      actions: ({ self }) => {
        world.ran++;
        self.send({ type: 'POKE' });
      },
    },
    PARENT: { actions: sendParent({ type: 'NOBODY' }) },
  },
  states: {
    work: {
      initial: 'idle',
      states: {
        hist: { type: 'history', history: 'deep' },
        idle: { on: { RUN: 'run', OBS: 'obs' } },
        run: {
          initial: 'a',
          entry: 'enter',
          exit: 'leave',
          on: { OFF: 'idle' },
          invoke: {
            src: 'job',
            id: 'job',
            input: ({ context }) => ({ n: context.n }),
            onDone: { target: 'ok', actions: assign({ got: ({ event }) => event.output }) },
            onError: {
              target: 'bad',
              actions: assign({ got: ({ event }) => String((event.error as Error)?.message) }),
            },
          },
          states: {
            a: { on: { NEXT: 'b' }, after: { wait: 'b' } },
            b: { after: { 40: 'a' }, on: { PAUSE: '#rich.work.idle' } },
          },
        },
        ok: { always: { guard: 'many', target: 'big' }, after: { 25: 'idle' } },
        big: { on: { BACK: 'hist', OFF: 'idle' } },
        bad: { on: { RUN: 'run' }, after: { 60: 'idle' } },
        obs: {
          invoke: [
            {
              src: 'ticks',
              id: 'ticks',
              onSnapshot: { actions: assign({ tick: ({ event }) => event.snapshot.context }) },
              onDone: 'idle',
              onError: 'bad',
            },
            { src: 'events', id: 'events', onError: 'bad' },
            { src: fromPromise(later), onDone: { actions: count('inline') } },
          ],
          on: { OFF: 'idle', TICKED: { actions: count('ticked') } },
        },
      },
    },
    link: {
      initial: 'down',
      states: {
        down: { on: { LINK: 'up' } },
        up: {
          invoke: [
            { src: 'feed', id: 'feed' },
            {
              src: 'leaf',
              id: 'sub',
              input: { tag: 'sub' },
              onDone: { target: 'down', actions: count('sub') },
            },
          ],
          on: {
            ASK: { actions: sendTo('feed', { type: 'Q' }) },
            SUB_GO: { actions: [sendTo('sub', { type: 'GO' }), sendTo('sub', { type: 'END' })] },
            UNLINK: 'down',
          },
        },
      },
    },
  },
});

/** The same chart with other implementations, given by the user. */
export const provided = rich.provide({
  actors: { job: fromPromise(later) },
  guards: { many: ({ context }) => context.n >= 2 },
});

export const peer = createMachine({
  id: 'peer',
  types: {} as { context: { readonly hellos: number } },
  context: { hellos: 0 },
  initial: 'calm',
  on: {
    HELLO: {
      actions: [
        assign({ hellos: ({ context }) => context.hellos + 1 }),
        sendTo(({ system }) => system.get('/app/rich')!, { type: 'INC' }),
      ],
    },
    BOOM: {
      actions: assign(() => {
        throw new Error('crash in assign');
      }),
    },
    END: '.end',
  },
  states: {
    calm: { always: { guard: ({ context }) => context.hellos >= 4, target: 'loud' } },
    loud: { after: { 35: { target: 'calm', actions: assign({ hellos: 0 }) } } },
    end: { type: 'final' },
  },
});

/** Keeps a reference to a supervised peer for ever, whatever becomes of the peer. */
export const keeper = createMachine({
  id: 'keeper',
  types: {} as { context: { readonly friend: AnyActorRef | null; readonly told: number } },
  context: { friend: null, told: 0 },
  on: {
    MEET: { actions: assign({ friend: ({ system }) => system.get('/app/peer') ?? null }) },
    GO: {
      guard: ({ context }) => context.friend !== null,
      actions: [
        sendTo(({ context }) => context.friend!, { type: 'HELLO' }),
        assign({ told: ({ context }) => context.told + 1 }),
      ],
    },
    POKE: {
      guard: ({ context }) => context.friend !== null,
      actions: sendTo(({ context }) => context.friend!, { type: 'HELLO' }, { delay: 12 }),
    },
  },
});
