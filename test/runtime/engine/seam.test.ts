/**
 * The contract with XState: names that it does not document. When an update of xstate fails here,
 * the message says which name changed; nothing else in the repository uses one.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type AnyActor,
  type AnyActorRef,
  type AnyEventObject,
  createActor,
  createMachine,
  fromCallback,
  fromObservable,
  raise,
  sendParent,
  setup,
} from 'xstate';
import {
  Kernel,
  keepSubscription,
  missingNames,
  parentOf,
  type SeamHooks,
  type Trace,
} from '../../../runtime/engine/seam.ts';

type Names = Record<string, unknown>;

function kernel(over: Partial<SeamHooks> = {}) {
  const calls: string[] = [];
  let ids = 0;
  let made: Kernel | undefined;
  const name = (actor: AnyActorRef | undefined) => actor?.id;
  const hooks: SeamHooks = {
    created: (actor) => calls.push(`created ${actor.id}`),
    registered: (actor) => calls.push(`registered ${actor.id}`),
    unregistered: (actor) => calls.push(`unregistered ${actor.id}`),
    relay: (source, target, event) => {
      calls.push(`relay ${name(source)} > ${target.id || 'kernel'} ${event.type}`);
      if (target !== made!.actor) made!.deliver(source, target, event);
    },
    watch: (run) => run(),
    nextId: () => `n${ids++}`,
    find: (key) => (key === '/stub' ? made!.stub('stub') : undefined),
    schedule: (source, target, event, delayMs, id) =>
      calls.push(`schedule ${source.id} > ${target.id} ${event.type} ${delayMs} ${id}`),
    cancel: (source, id) => calls.push(`cancel ${source.id} ${id}`),
    cancelAll: (source) => calls.push(`cancelAll ${source.id}`),
    ...over,
  };
  made = new Kernel(hooks);
  return { kernel: made, calls };
}

const silent: Trace = {
  created() {},
  started() {},
  stopped() {},
  delivering() {},
  delivered() {},
  stepped() {},
};

const kid = createMachine({ id: 'kid', on: { ASK: { actions: sendParent({ type: 'ANSWER' }) } } });
const parent = setup({ actors: { kid } }).createMachine({
  id: 'parent',
  initial: 'a',
  invoke: { src: 'kid', id: 'kid' },
  states: { a: { after: { 10: 'b' }, on: { GO: 'b' } }, b: { type: 'final' } },
});

describe('the names that the seam needs', () => {
  it('are all there in the installed xstate', () => {
    expect(missingNames()).toEqual([]);
  });

  const doctored = [
    ...['_bookId', '_register', '_unregister', '_relay', '_sendInspectionEvent'],
    ...['scheduler.schedule', 'scheduler.cancel', 'scheduler.cancelAll'],
  ];
  it.each(doctored)('are missed by name when %s is gone', (missing) => {
    const probe = createActor(createMachine({})) as AnyActor;
    const [name, inner] = missing.split('.') as [string, string | undefined];
    const holder = (inner ? probe.system[name as never] : probe.system) as unknown as Names;
    delete holder[inner ?? name];
    expect(missingNames(() => probe)).toEqual([missing]);
  });

  it('are missed by name when an actor has no parent or cannot be stopped by it', () => {
    const probe = createActor(createMachine({})) as AnyActor;
    const orphan = createActor(createMachine({})) as AnyActor;
    expect(
      missingNames(
        () => probe,
        () => orphan,
      ),
    ).toEqual(['parent']);
    const unstoppable = Object.create(orphan, { _stop: { value: undefined } }) as AnyActor;
    expect(
      missingNames(
        () => probe,
        () => unstoppable,
      ),
    ).toEqual(['parent', '_stop']);
  });

  it('are used in no other file', () => {
    const folder = join(import.meta.dirname, '../../../runtime');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && file !== 'engine/seam.ts',
    );
    const names =
      '_relay|_bookId|_register|_unregister|_sendInspectionEvent|_parent|_stop|_set|_subscription';
    const use = new RegExp(`\\.(${names})\\b`);
    const users = files.filter((file) => use.test(readFileSync(join(folder, file), 'utf8')));
    expect(files.length).toBeGreaterThan(50);
    expect(users).toEqual([]);
  });
});

describe('the hooks', () => {
  it('see every actor at any depth, its start and its end', () => {
    const { kernel: it, calls } = kernel();
    const actor = it.create(parent, { id: '/p', input: undefined }).start();
    expect(calls.filter((call) => /^(created|registered)/.test(call))).toEqual([
      'created /p',
      'created kid',
      'registered /p',
      'registered kid',
    ]);
    calls.length = 0;
    it.stop(actor);
    expect(calls).toEqual(
      expect.arrayContaining(['unregistered kid', 'unregistered /p', 'cancelAll /p']),
    );
  });

  it('may replace the logic of an actor before its first snapshot', () => {
    const { kernel: it } = kernel({
      created: (actor) => {
        actor.logic = kid;
      },
    });
    const actor = it.create(parent, { id: '/p', input: undefined });
    expect(actor.getSnapshot().machine).toBe(kid);
  });

  it('give every session id', () => {
    const { kernel: it } = kernel();
    const actor = it.create(parent, { id: '/p', input: undefined });
    const child = actor.getSnapshot().children.kid as AnyActor;
    expect([actor.sessionId, child.sessionId]).toEqual(['n0', 'n1']);
  });

  it('decide about every event: sends, answers, ends and crashes', () => {
    const { kernel: it, calls } = kernel();
    const actor = it.create(parent, { id: '/p', input: undefined }).start();
    calls.length = 0;
    (actor.getSnapshot().children.kid as AnyActor).send({ type: 'ASK' });
    actor.send({ type: 'GO' });
    expect(calls.filter((call) => call.startsWith('relay'))).toEqual([
      'relay undefined > kid ASK',
      'relay kid > /p ANSWER',
      'relay undefined > /p GO',
      'relay /p > kernel xstate.done.actor./p',
    ]);
  });

  it('hear what a callback sends', () => {
    const { kernel: it, calls } = kernel();
    it.create(
      fromCallback(({ sendBack }) => sendBack({ type: 'HI' })),
      {
        ...{ id: '/c', input: undefined },
      },
    ).start();
    expect(calls).toContain('relay /c > kernel HI');
  });

  it('keep every delay, and its cancellation', () => {
    const timed = createMachine({
      id: 'timed',
      initial: 'a',
      states: {
        a: { entry: raise({ type: 'R' }, { delay: 5 }), after: { 10: 'b' }, on: { GO: 'b' } },
        b: {},
      },
    });
    const { kernel: it, calls } = kernel();
    const actor = it.create(timed, { id: '/t', input: undefined }).start();
    actor.send({ type: 'GO' });
    expect(calls.filter((call) => /^(schedule|cancel) /.test(call))).toEqual([
      'schedule /t > /t R 5 undefined',
      'schedule /t > /t xstate.after.10.timed.a 10 xstate.after.10.timed.a',
      'cancel /t xstate.after.10.timed.a',
    ]);
  });

  it('answer for names that XState does not know', () => {
    const { kernel: it } = kernel();
    const actor = it.create(parent, { id: '/p', input: undefined }).start();
    expect(actor.system.get('/p')).toBe(actor);
    expect(actor.system.get('/stub')?.id).toBe('stub');
    expect(actor.system.get('/other')).toBeUndefined();
    expect(it.named()).toEqual([actor]);
  });
});

describe('a trace', () => {
  const always = createMachine({
    id: 'chain',
    initial: 'a',
    states: {
      a: { on: { GO: { guard: () => true, target: 'b' } } },
      b: { always: 'c' },
      c: { on: { GO: { guard: () => false, target: 'a' } } },
    },
  });

  it('sees every microstep with the transitions that XState chose: _transitions', () => {
    const { kernel: it } = kernel();
    const steps: unknown[] = [];
    it.trace = {
      ...silent,
      stepped: (actor, { event, snapshot, transitions }) => {
        const taken = transitions.map(({ source, eventType, target }) => [
          source.id,
          eventType,
          target?.map(({ id }) => id),
        ]);
        steps.push([actor.id, event.type, snapshot.value, taken]);
      },
    };
    const actor = it.create(always, { id: '/c', input: undefined }).start();
    it.deliver(undefined, actor, { type: 'GO' });
    it.deliver(undefined, actor, { type: 'GO' });
    expect(steps).toEqual([
      ['/c', 'GO', 'b', [['chain.a', 'GO', ['chain.b']]]],
      ['/c', 'GO', 'c', [['chain.b', '', ['chain.c']]]],
      ['/c', 'GO', 'c', []],
    ]);
  });

  it('sees who is made, started, sent something and stopped, around the hooks', () => {
    const { kernel: it, calls } = kernel();
    it.trace = {
      created: (actor) => calls.push(`trace created ${actor.id}`),
      started: (actor) => calls.push(`trace started ${actor.id}`),
      stopped: (actor) => calls.push(`trace stopped ${actor.id}`),
      delivering: (source, target, event) =>
        calls.push(`trace delivering ${source?.id} > ${target.id} ${event.type}`),
      delivered: () => calls.push('trace delivered'),
      stepped: () => {},
    };
    const actor = it.create(always, { id: '/c', input: undefined }).start();
    it.deliver(undefined, actor, { type: 'GO' });
    it.stop(actor);
    expect(calls).toEqual([
      ...['trace created /c', 'created /c', 'registered /c', 'trace started /c'],
      ...['trace delivering undefined > /c GO', 'trace delivered'],
      ...['cancelAll /c', 'trace stopped /c', 'unregistered /c'],
    ]);
  });

  it('hears that a delivery ended that threw', () => {
    const { kernel: it } = kernel();
    const calls: string[] = [];
    it.trace = { ...silent, delivered: () => calls.push('delivered') };
    const actor = it.create(always, { id: '/c', input: undefined }).start();
    const thrower = Object.create(actor, {
      _send: {
        value: () => {
          throw new Error('no');
        },
      },
    }) as AnyActor;
    expect(() => it.deliver(undefined, thrower, { type: 'GO' })).toThrow('no');
    expect(calls).toEqual(['delivered']);
  });
});

describe('the subscription of an observable', () => {
  it('is kept in the snapshot that it started with, and can be handed on', () => {
    const subject = new Subject();
    const actor = createActor(fromObservable(() => subject)).start();
    const later = { ...actor.getSnapshot(), _subscription: undefined };
    keepSubscription(actor.getSnapshot(), later);
    expect(later._subscription).toHaveProperty('unsubscribe');
  });
});

describe('the kernel', () => {
  it('makes references that are not running, without a trace and without an id', () => {
    const { kernel: it, calls } = kernel();
    const stub = it.stub('/later');
    expect([stub.id, stub.getSnapshot().status, calls]).toEqual(['/later', 'stopped', []]);
    expect(it.create(parent, { id: '/p', input: undefined }).sessionId).toBe('n0');
  });

  it('is told of a crash with its error, and stays active', () => {
    const events: AnyEventObject[] = [];
    const { kernel: it } = kernel({ relay: (_, __, event) => events.push(event) });
    const error = new Error('no context');
    const broken = createMachine({
      context: () => {
        throw error;
      },
    });
    it.create(broken, { id: '/b', input: undefined }).start();
    expect(events).toEqual([{ type: 'xstate.error.actor./b', error, actorId: '/b' }]);
    expect(it.actor.getSnapshot().status).toBe('active');
  });

  it('is the parent of supervised actors, and they of their children', () => {
    const { kernel: it } = kernel();
    const actor = it.create(parent, { id: '/p', input: undefined }).start();
    expect(parentOf(actor)).toBe(it.actor);
    expect(parentOf(actor.getSnapshot().children.kid as AnyActor)).toBe(actor);
  });
});
