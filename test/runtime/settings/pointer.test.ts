import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { at, changedPointers, parsePointer, pointerOf } from '../../../runtime/settings/pointer.ts';
import { runs } from './example.ts';

describe('at', () => {
  // The document and the answers of RFC 6901, section 5.
  const document = { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'm~n': 8, ' ': 7, '"': 6 };

  it('answers as RFC 6901 says', () => {
    expect(at(document, '')).toBe(document);
    expect(at(document, '/foo')).toEqual(['bar', 'baz']);
    expect(at(document, '/foo/0')).toBe('bar');
    expect(at(document, '/')).toBe(0);
    expect(at(document, '/a~1b')).toBe(1);
    expect(at(document, '/c%d')).toBe(2);
    expect(at(document, '/m~0n')).toBe(8);
    expect(at(document, '/ ')).toBe(7);
  });

  it('answers undefined where nothing is', () => {
    for (const pointer of [
      '/bar',
      '/foo/2',
      '/foo/01',
      '/foo/-',
      '/foo/length',
      '/toString',
      '/foo/0/x',
    ]) {
      expect([pointer, at(document, pointer)]).toEqual([pointer, undefined]);
    }
  });

  it('refuses a text that is no pointer', () => {
    expect(() => at(document, 'foo')).toThrow(RangeError);
    expect(() => at(document, '/m~n')).toThrow("JSON pointer must be '' or begin with '/'");
  });

  it('reads back any steps', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (steps) => {
        expect(parsePointer(pointerOf(steps))).toEqual(steps);
      }),
      runs,
    );
    expect(parsePointer('/~01')).toEqual(['~1']);
  });
});

describe('changedPointers', () => {
  const before = { a: { b: [1], c: 2 } };

  it('sees a change at and below the pointer only', () => {
    const after = { a: { b: [1], c: 3 } };
    expect(changedPointers(before, after, '/a/c')).toBe(true);
    expect(changedPointers(before, after, '/a')).toBe(true);
    expect(changedPointers(before, after, '')).toBe(true);
    expect(changedPointers(before, after, '/a/b')).toBe(false);
    expect(changedPointers(before, after, '/nothing')).toBe(false);
  });

  it('sees what came and what went', () => {
    expect(changedPointers(before, { a: { b: [1] } }, '/a/c')).toBe(true);
    expect(changedPointers(before, { ...before, d: 1 }, '/d')).toBe(true);
  });
});
