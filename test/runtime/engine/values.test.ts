import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnyActorRef, createActor, createMachine } from 'xstate';
import { decode, encode, isPlain, type Refs } from '../../../runtime/engine/values.ts';
import type { Json } from '../../../runtime/journal/format.ts';

const peer = createActor(createMachine({ id: 'peer' }), { id: 'peer' }) as AnyActorRef;
const refs: Refs = { pathOf: (actor) => `/app/${actor.id}`, actorAt: () => peer };

/** As the journal keeps it: text on a disk in between. */
const throughJournal = (value: unknown): unknown =>
  decode(JSON.parse(JSON.stringify(encode(value, refs))) as Json, refs);

/** What the actor gets in the live run. */
const delivered = (value: unknown): unknown => {
  const json = encode(value, refs);
  return json === value ? value : decode(json, refs);
};

class VenueError extends Error {
  override name = 'VenueError';
  readonly code = 'E_VENUE';
  readonly retryAfterMs = 250;
}

const tagKeys = ['$ref', '$error', '$date', '$number', '$bigint', '$undefined', '$object'];
const key = fc.oneof(
  fc.string(),
  fc.constantFrom(...tagKeys, '__proto__', 'constructor', 'toString'),
);
const leaf = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.constantFrom(Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.bigInt(),
  fc.date({ noInvalidDate: false }),
  fc.constant(peer),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(fc.oneof(tie('value'), fc.constant(undefined)), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Tells -0 from 0 and looks at prototypes; a matcher is fooled by a key called `constructor`. */
const expectSame = (actual: unknown, expected: unknown) =>
  expect(isDeepStrictEqual(actual, expected)).toBe(true);

describe('encode and decode', () => {
  it('give back what went in, through text', () => {
    fc.assert(
      fc.property(value, (given) => {
        expectSame(throughJournal(given), given);
      }),
      { numRuns: 1_000 },
    );
  });

  it('deliver to the live actor the same as to the replayed one', () => {
    fc.assert(
      fc.property(value, (given) => {
        expectSame(throughJournal(given), delivered(given));
      }),
      { numRuns: 1_000 },
    );
  });

  it('never see a tag in what a user wrote', () => {
    for (const tag of tagKeys) {
      for (const given of [{ [tag]: 1 }, { [tag]: { [tag]: 'x' } }, { [tag]: 1, other: 2 }]) {
        expect(throughJournal(given)).toStrictEqual(given);
      }
    }
  });

  it('keep a key __proto__ as a key and leave prototypes alone', () => {
    const given = JSON.parse('{"a":{"__proto__":{"polluted":1}},"when":0}') as { when: unknown };
    given.when = new Date(5);
    for (const back of [throughJournal(given), delivered(given)] as { a: object }[]) {
      expect(Object.keys(back.a)).toEqual(['__proto__']);
      expect(Object.getPrototypeOf(back.a)).toBe(Object.prototype);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('keep the name, message and own fields of an error, and not its stack', () => {
    const back = throughJournal(new VenueError('down')) as VenueError;
    expect(back).toBeInstanceOf(Error);
    expect(back).toMatchObject({
      name: 'VenueError',
      message: 'down',
      code: 'E_VENUE',
      retryAfterMs: 250,
    });
    expect(back.stack ?? '').not.toContain('values.test');
  });

  it('keep what they can of an error that carries more than JSON', () => {
    const socket = { on: () => {} };
    const back = throughJournal(Object.assign(new Error('reset'), { socket, code: 7 })) as Error;
    expect(back).toMatchObject({ message: 'reset', code: 7, socket: '[object Object]' });
  });

  it('keep an invalid date invalid', () => {
    expect((throughJournal(new Date(Number.NaN)) as Date).getTime()).toBeNaN();
  });

  it('leave out fields that are undefined, and keep them in lists', () => {
    expect(throughJournal({ a: undefined, b: [undefined, 1] })).toStrictEqual({
      b: [undefined, 1],
    });
    expect(throughJournal(undefined)).toBeUndefined();
  });

  it('turn references into paths', () => {
    expect(encode({ to: peer }, refs)).toEqual({ to: { $ref: '/app/peer' } });
    expect((throughJournal({ to: peer }) as { to: unknown }).to).toBe(peer);
  });

  it('ask a value for its JSON when it has a form of its own', () => {
    expect(throughJournal({ url: new URL('http://localhost/x') })).toEqual({
      url: 'http://localhost/x',
    });
  });

  it('give an object without a prototype an ordinary one, live and in replay', () => {
    const given = Object.assign(Object.create(null) as object, { a: 1 });
    expectSame(delivered({ given }), { given: { a: 1 } });
    expectSame(throughJournal({ given }), { given: { a: 1 } });
  });

  it('work at any depth that a stack holds', () => {
    let deep: unknown = { end: new Date(1) };
    for (let i = 0; i < 500; i++) deep = i % 2 ? [deep] : { deep };
    expect(throughJournal(deep)).toStrictEqual(deep);
  });
});

describe('encode refuses what would be lost, and says where', () => {
  it.each<[string, unknown, string]>([
    ['a function', { order: { onFill: () => {} } }, "a function at 'order.onFill'"],
    ['a symbol', [1, Symbol('x')], "a symbol at '1'"],
    ['a map', { book: new Map() }, "a Map at 'book'"],
    ['a set', { ids: [new Set()] }, "a Set at 'ids.0'"],
    ['a buffer', { bytes: new Uint8Array(2) }, "a Uint8Array at 'bytes'"],
    ['an array buffer', { bytes: new ArrayBuffer(2) }, "a ArrayBuffer at 'bytes'"],
    ['a promise', { later: Promise.resolve() }, "a Promise at 'later'"],
    ['a pattern', { like: /x/ }, "a RegExp at 'like'"],
  ])('%s', (_, given, words) => {
    expect(() => encode(given, refs)).toThrow(TypeError);
    expect(() => encode(given, refs)).toThrow(words);
  });

  it('a cycle', () => {
    const order: { legs: unknown[] } = { legs: [] };
    order.legs.push({ of: order });
    expect(() => encode(order, refs)).toThrow("a cycle at 'legs.0.of'");
  });

  it('but not the same object in two places', () => {
    const leg = { when: new Date(1) };
    expect(throughJournal({ a: leg, b: leg })).toStrictEqual({ a: leg, b: leg });
  });
});

describe('isPlain', () => {
  it('says yes only to what JSON gives back equal', () => {
    fc.assert(
      fc.property(value, (given) => {
        if (isPlain(given)) expectSame(JSON.parse(JSON.stringify(given)), given);
      }),
      { numRuns: 1_000 },
    );
  });

  it('says yes to the usual events, so that they are not copied', () => {
    const event = { type: 'BAR', bar: { at: 1, close: 2.5 }, tags: ['a', null, true] };
    expect(isPlain(event)).toBe(true);
    expect(encode(event, refs)).toBe(event);
  });

  it('says no to instances, gaps in lists and fields that are undefined', () => {
    const gap = [1];
    gap[2] = 3;
    const instance = new (class Point {
      x = 1;
    })();
    for (const given of [gap, { a: undefined }, instance]) expect(isPlain(given)).toBe(false);
  });
});
