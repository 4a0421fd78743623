import fc from 'fast-check';
import { expect, it } from 'vitest';
import { byteLines } from '../../../runtime/export/byte-lines.ts';
import { all } from './written.ts';

async function* chunked(data: Buffer, sizes: readonly number[]) {
  // One buffer for all chunks, as a careful reader of files would have it.
  const shared = Buffer.alloc(Math.max(1, ...sizes));
  for (let at = 0, turn = 0; at < data.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    const copied = data.copy(shared, 0, at, at + size);
    yield shared.subarray(0, copied);
    at += copied;
  }
}

it('cuts lines in the same way however the bytes come', async () => {
  const text = fc.array(fc.constantFrom('a', '\n', 'é', '\r', '\0'), { maxLength: 40 });
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(text, sizes, async (parts, cuts) => {
      const data = Buffer.from(parts.join(''));
      const found: string[] = [];
      for await (const { bytes, isEnded } of byteLines(chunked(data, cuts))) {
        found.push(`${bytes.toString('latin1')}${isEnded ? '\n' : ''}`);
      }
      const lines = data.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
      expect(found).toEqual([...lines]);
    }),
  );
});

it('gives up a line that is longer than the limit, without reading on', async () => {
  let read = 0;
  const endless = (async function* () {
    for (;;) {
      read += 1;
      yield Buffer.from('abcd');
    }
  })();
  const [line, ...rest] = await all(byteLines(endless, 10));
  expect([line?.bytes.length, line?.isEnded, rest.length, read]).toEqual([12, false, 0, 3]);
});
