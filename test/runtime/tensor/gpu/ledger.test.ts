import { describe, expect, it } from 'vitest';
import { BufferLedger } from '../../../../runtime/tensor/gpu/ledger.ts';

function ledger(limits = { bytesMax: 100, limitRatio: 0.9, cleanupRatio: 0.8 }) {
  const destroyed: string[] = [];
  const made: string[] = [];
  const book = new BufferLedger<{ name: string; destroy(): void }>(limits);
  const take = (kind: string, bytes: number) =>
    book.take(kind, bytes, () => {
      const name = `${kind}${made.length}`;
      made.push(name);
      return { name, destroy: () => destroyed.push(name) };
    });
  return { book, take, made, destroyed };
}

describe('the ledger of a GPU', () => {
  it('uses a buffer again for the same kind and size only', () => {
    const { book, take, made } = ledger();
    const first = take('a', 10);
    book.give(first);
    expect(take('a', 10)).toBe(first);
    take('a', 10);
    take('b', 10);
    take('a', 20);
    expect(made).toHaveLength(4);
    expect([book.bytes, book.usedCount]).toEqual([50, 4]);
  });

  it('takes no more than its limit, to the byte', () => {
    const { book, take } = ledger();
    take('a', 80);
    take('a', 10);
    expect(() => take('a', 1)).toThrow('GPU memory: 1 bytes are wanted, 90 of 90 are taken.');
    expect(book.bytes).toBe(90);
  });

  it('destroys what nobody uses to make place, the longest unused first', () => {
    const { book, take, destroyed } = ledger();
    const [one, two] = [take('a', 30), take('b', 30)];
    book.give(two);
    book.give(one);
    expect(destroyed).toEqual([]);
    take('c', 50);
    expect([destroyed, book.bytes]).toEqual([['b1'], 80]);
  });

  it('gives back from the clean-up mark on, and not before', () => {
    const { book, take, destroyed } = ledger();
    const [one, two] = [take('a', 40), take('b', 41)];
    book.give(one);
    expect([destroyed, book.bytes]).toEqual([['a0'], 41]);
    book.give(two);
    const third = take('c', 39);
    book.give(third);
    expect([destroyed, book.bytes]).toEqual([['a0'], 80]);
  });

  it('comes down to zero, and gives nothing back twice', () => {
    const { book, take, destroyed } = ledger();
    const buffer = take('a', 10);
    book.give(buffer);
    book.give(buffer);
    book.clear();
    expect([book.bytes, book.usedCount, destroyed]).toEqual([0, 0, ['a0']]);
  });
});
