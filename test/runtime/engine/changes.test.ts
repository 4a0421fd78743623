import { describe, expect, it } from 'vitest';
import {
  type AnyActor,
  type AnyEventObject,
  assign,
  createActor,
  createMachine,
  fromTransition,
} from 'xstate';
import { Changes } from '../../../runtime/engine/changes.ts';

function changes(incarnation = 0) {
  const refs = {
    pathOf: (actor: { id: string }) => `/${actor.id}`,
    actorAt: () => undefined as never,
  };
  const all = new Changes(refs, refs.pathOf, () => incarnation);
  return {
    rows(...actors: AnyActor[]) {
      for (const actor of actors) all.touch(actor);
      return all.collect().rows;
    },
  };
}

const counter = createMachine({
  id: 'counter',
  initial: 'idle',
  context: { count: 0, list: [] as unknown[], note: 'a' as string | undefined },
  on: {
    INC: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    SET: { actions: assign(({ event }) => event['to'] as object) },
    END: '.ended',
    CRASH: {
      actions: () => {
        throw new Error('boom');
      },
    },
  },
  states: { idle: { on: { GO: 'busy' } }, busy: {}, ended: { type: 'final' } },
  output: ({ context }) => context.count,
});

const start = () => {
  const actor = createActor(counter, { id: 'c' });
  actor.subscribe({ error: () => {} });
  return actor.start() as AnyActor & { send(event: AnyEventObject): void };
};

describe('what a turn changed', () => {
  it('is everything about an actor that is new', () => {
    expect(changes().rows(start())).toEqual([
      { path: '/c', to: 'idle', fields: { count: 0, list: [], note: 'a' } },
    ]);
  });

  it('is only what changed about one that is known', () => {
    const actor = start();
    const { rows } = changes();
    rows(actor);
    actor.send({ type: 'INC' });
    expect(rows(actor)).toEqual([{ path: '/c', fields: { count: 1 } }]);
    actor.send({ type: 'GO' });
    expect(rows(actor)).toEqual([{ path: '/c', to: 'busy' }]);
  });

  it('is nothing when an event was ignored', () => {
    const actor = start();
    const { rows } = changes();
    rows(actor);
    actor.send({ type: 'UNKNOWN' });
    expect(rows(actor)).toEqual([]);
  });

  it('says when a field was emptied', () => {
    const actor = start();
    const { rows } = changes();
    rows(actor);
    actor.send({ type: 'SET', to: { note: undefined } });
    expect(rows(actor)).toEqual([{ path: '/c', fields: { note: { $undefined: true } } }]);
  });

  it('says when a field went away', () => {
    const logic = fromTransition<object, { type: string; to: object }, never, undefined>(
      (_, event) => event.to,
      { a: 1 },
    );
    const actor = createActor(logic, { id: 't', input: undefined }).start();
    const { rows } = changes();
    rows(actor as AnyActor);
    actor.send({ type: 'SET', to: { b: 2 } });
    const fields = { a: { $undefined: true }, b: 2 };
    expect(rows(actor as AnyActor)).toEqual([{ path: '/t', fields }]);
  });

  it('names the end, its output and its error', () => {
    const ended = start();
    const failed = start();
    const { rows } = changes();
    rows(ended, failed);
    ended.send({ type: 'END' });
    failed.send({ type: 'CRASH' });
    expect(rows(ended, failed)).toEqual([
      { path: '/c', to: { status: 'done', value: 'ended' }, fields: { $output: 0 } },
      {
        path: '/c',
        to: { status: 'error', value: 'idle' },
        fields: { $error: { $error: { name: 'Error', message: 'boom' } } },
      },
    ]);
  });

  it('holds small values as they are and long ones as a hash that tells them apart', () => {
    const actor = start();
    const { rows } = changes();
    rows(actor);
    const field = (list: unknown) => {
      actor.send({ type: 'SET', to: { list } });
      return rows(actor)[0]!.fields!['list'];
    };
    const long = 'x'.repeat(161);
    expect(field('x'.repeat(160))).toBe('x'.repeat(160));
    const [one, other, again] = [field(long), field(`${long}y`), field(`${long}`)];
    expect(one).toEqual({ '#': expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect(other).not.toEqual(one);
    expect(again).toEqual(one);
    expect(field(Array.from({ length: 100 }, (_, i) => i))).toHaveProperty('#');
  });

  it('says of what no journal can hold that it changed, and what it is', () => {
    const actor = start();
    const { rows } = changes();
    rows(actor);
    actor.send({ type: 'SET', to: { list: new Map() } });
    expect(rows(actor)[0]!.fields).toEqual({ list: { '#': 'not JSON: [object Map]' } });
  });

  it('lists fields in one order, whatever the order in which they were set', () => {
    const actor = start();
    const { rows } = changes();
    rows(actor);
    actor.send({ type: 'SET', to: { note: 'b', list: [1], count: 9 } });
    expect(Object.keys(rows(actor)[0]!.fields!)).toEqual(['count', 'list', 'note']);
  });

  it('names the incarnation of a successor', () => {
    expect(changes(2).rows(start())[0]).toMatchObject({ incarnation: 2 });
    expect(changes(0).rows(start())[0]).not.toHaveProperty('incarnation');
  });
});
