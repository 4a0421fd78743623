/** Whoever changes a journal afterwards is noticed, and told where. */
import { beforeAll, describe, expect, it } from 'vitest';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import {
  dir,
  diskOf,
  type Files,
  linesIn,
  newKey,
  type Place,
  placesIn,
  publicHalf,
  resealed,
  segmentNames,
  verified,
  written,
} from './forge.ts';

const pem = newKey();
const outsideKey = { publicKey: publicHalf(pem) };
let files: Files;
let places: Place[];

beforeAll(async () => {
  files = await written(pem, [1, 2, 1]);
  places = placesIn(files);
});

const changed = (name: string, bytes: Buffer | string | undefined): Files => {
  const copy = new Map(files);
  if (bytes === undefined) copy.delete(name);
  else copy.set(name, Buffer.from(bytes));
  return copy;
};

const whereOf = ({ name, segment, block, firstSeq, lastSeq }: Place) => ({
  ...{ file: `${dir}/${name}`, segment, block, firstSeq, lastSeq },
});

/** Each change of a segment, the place that it is in, and what it was. */
async function expectFound(name: string, bytes: Buffer | string, at: Place, what: string) {
  const { ok, damage } = await verified(changed(name, bytes));
  expect(ok, what).toBe(false);
  expect(damage, what).toMatchObject(whereOf(at));
}

it('is whole as long as nobody does', async () => {
  const report = await verified(files, outsideKey);
  expect(report).toMatchObject({
    ...{ ok: true, entries: 12, segments: 3, blocks: places.length, lastSeq: 12 },
    signed: { checkpoints: 5, upToSeq: 12 },
  });
  expect(report.late).toBeUndefined();
  expect([...files.keys()].sort()).toEqual([
    ...['head.json', 'public-key.pem'],
    ...segmentNames(files),
  ]);
});

describe('a flipped byte', () => {
  it.each([0x01, 0x80])('shows at every place of every segment, bits %i', async (bits) => {
    for (const place of places) {
      const bytes = files.get(place.name)!;
      for (let at = place.startBytes; at < place.endBytes; at += 1) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= bits;
        await expectFound(place.name, flipped, place, `${place.name}, byte ${at}`);
      }
    }
  });

  it.each([
    ['head.json', /^head$/],
    // Another key that is one, too: then nothing is signed by it.
    ['public-key.pem', /^(keys|signature)$/],
  ])('shows at every place of %s', async (name, kind) => {
    const bytes = files.get(name)!;
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1;
      const { damage } = await verified(changed(name, flipped));
      expect(damage, `byte ${at}`).toMatchObject({ kind: expect.stringMatching(kind) });
    }
  });
});

describe('a line', () => {
  /** Lines of all segments, each with its block. */
  const eachLine = async (
    look: (lines: string[], index: number, place: Place) => Promise<void>,
  ): Promise<void> => {
    for (const name of segmentNames(files)) {
      const lines = linesIn(files.get(name)!).filter((line) => line !== '');
      let bytes = 0;
      for (const [index, line] of lines.entries()) {
        const place = places.find((found) => found.name === name && bytes < found.endBytes)!;
        await look(lines, index, place);
        bytes += Buffer.byteLength(line);
      }
    }
  };

  it('that is deleted shows', () =>
    eachLine(async (lines, index, place) => {
      const less = lines.toSpliced(index, 1).join('');
      await expectFound(place.name, less, place, `${place.name}, line ${index}`);
    }));

  it('that is swapped with the next one shows', () =>
    eachLine(async (lines, index, place) => {
      if (index + 1 === lines.length) return;
      const swapped = lines.toSpliced(index, 2, lines[index + 1]!, lines[index]!).join('');
      await expectFound(place.name, swapped, place, `${place.name}, line ${index}`);
    }));

  it('that is inserted shows, or lies in no block', () =>
    eachLine(async (lines, index, place) => {
      for (const extra of ['{"turn":1}\n', lines[index]!]) {
        const more = lines.toSpliced(index, 0, extra).join('');
        const { ok, damage, late } = await verified(changed(place.name, more));
        if (late !== undefined) {
          expect([index, place.segment < 3]).toEqual([lines.length - 1, true]);
          continue;
        }
        expect(ok).toBe(false);
        expect(damage!.segment).toBe(place.segment);
        const isSealed = extra.startsWith('{"block":');
        expect(damage!.block).toBe(place.block + (isSealed ? 1 : 0));
      }
    }));

  it('that is added behind a sealed segment is no part of the journal, and reported', async () => {
    const name = segmentNames(files)[0]!;
    const report = await verified(changed(name, `${files.get(name)}{"turn":1}\n`));
    expect(report).toMatchObject({ ok: true, late: [{ file: `${dir}/${name}`, bytes: 11 }] });
  });
});

describe('what is dropped', () => {
  it('shows at every length of every segment', async () => {
    for (const place of places) {
      for (let at = place.startBytes; at < place.endBytes; at += 29) {
        const { ok, damage } = await verified(
          changed(place.name, files.get(place.name)!.subarray(0, at)),
        );
        expect(ok).toBe(false);
        // Nothing at all is left of the block, or a part of it.
        expect(damage, `${place.name}, length ${at}`).toMatchObject({
          ...{ segment: place.segment, block: place.block },
        });
        expect(damage!.lastSeq).toBeGreaterThanOrEqual(place.lastSeq);
      }
    }
  });

  it('shows for every segment, swapped ones, and one that is put in twice', async () => {
    const names = segmentNames(files);
    for (const [index, name] of names.entries()) {
      const own = places.filter((place) => place.name === name);
      const { damage } = await verified(changed(name, undefined));
      expect(damage).toMatchObject({
        ...{ kind: index === 2 ? 'cut' : 'missing', segment: index + 1, block: own[0]!.block },
        ...{ firstSeq: own[0]!.lastSeq + 1, lastSeq: own.at(-1)!.lastSeq },
      });
      const next = names[index + 1] ?? 'segment-000004.ndjson';
      const swapped = new Map(changed(next, files.get(name)));
      if (files.has(next)) swapped.set(name, files.get(next)!);
      const report = await verified(swapped);
      expect(report.damage).toMatchObject({ segment: files.has(next) ? index + 1 : 4 });
    }
    const gap = await verified(changed('segment-000007.ndjson', ''));
    expect(gap.damage).toMatchObject({ kind: 'missing', segment: 4 });
    const empty = await verified(changed('segment-000004.ndjson', ''));
    expect(empty.damage).toMatchObject({ kind: 'added', segment: 4 });
  });

  it('shows for the head and for the public keys', async () => {
    expect((await verified(changed('head.json', undefined))).damage?.kind).toBe('head');
    const keys = await verified(changed('public-key.pem', undefined));
    expect(keys.damage).toMatchObject({ kind: 'keys', firstSeq: 1, lastSeq: 12 });
  });
});

describe('a chain that was made again', () => {
  const edit = (line: string): string => line.replace('{"seq":8,"at":8', '{"seq":8,"at":9');
  const blame = { kind: 'signature', segment: 2, firstSeq: 4, lastSeq: 9 };

  it('without the key fails at the first checkpoint behind the change', async () => {
    const forged = resealed(files, edit);
    expect(placesIn(forged)).toEqual(places);
    for (const options of [{}, outsideKey]) {
      const { damage } = await verified(forged, options);
      expect(damage).toMatchObject(blame);
      expect(damage?.reason).toMatch(/checkpoint.*does not bear the signature/);
    }
    const kept = await verified(resealed(files, edit, { keepsCheckpoints: true }), outsideKey);
    expect(kept.damage).toMatchObject(blame);
    expect(kept.damage?.reason).toMatch(/checkpoint.*it signs another chain/);
    const disk = diskOf(forged, pem);
    const log = fileLog(dir, { fileSystem: disk, signingKeyFile: '/keys/signing.key' });
    await expect(log.open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });

  it('behind the last checkpoint fails at the head', async () => {
    const last = linesIn(files.get(segmentNames(files)[2]!)!);
    const names = segmentNames(files);
    const cut = resealed(changed(names[2]!, last.slice(0, -2).join('')), (line) =>
      line.replace('{"seq":11,"at":11', '{"seq":11,"at":12'),
    );
    const { damage } = await verified(cut);
    expect(damage).toMatchObject({ kind: 'signature', firstSeq: 10, lastSeq: 12, segment: 3 });
    expect(damage?.reason).toMatch(/^the head: /);
  });

  it('without signatures fails where the first one is missing', async () => {
    const bare = resealed(files, (line) => (line.includes('"checkpoint":') ? '' : line));
    expect((await verified(bare)).damage?.reason).toMatch(/begins without a checkpoint/);
    const unsealed = resealed(files, (line) =>
      line.replace(/"previous":\{"bytes":\d+,"block":/, '$&9'),
    );
    expect((await verified(unsealed)).damage).toMatchObject({
      ...{ segment: 2, reason: 'it does not seal the segment before' },
    });
    const nameless = resealed(files, (line) =>
      line.replace(/,"key":"[0-9a-f]{16}"(?=\}|,"prev)/, ''),
    );
    expect((await verified(nameless)).damage?.reason).toMatch(/segment 1 names no key/);
  });

  it('under another key shows while a copy of the old public key is there', async () => {
    const rival = newKey();
    const forged = new Map(await written(rival, [1, 2, 1], new Map(), 8));
    expect((await verified(forged)).ok).toBe(true);
    expect((await verified(forged, outsideKey)).damage?.kind).toBe('signature');
    forged.set('public-key.pem', files.get('public-key.pem')!);
    const { damage } = await verified(forged);
    expect(damage).toMatchObject({ kind: 'signature', segment: 1, block: 1 });
    expect(damage?.reason).toMatch(/which is not among the known ones/);
  });

  it('passes under several keys only when all of them are given', async () => {
    const second = newKey();
    const continued = await written(second, [1], files);
    expect((await verified(continued)).signed.keys).toHaveLength(2);
    expect((await verified(continued, outsideKey)).damage).toMatchObject({ kind: 'signature' });
    const both = { publicKey: [outsideKey.publicKey, publicHalf(second)] };
    expect(await verified(continued, both)).toMatchObject({ ok: true, lastSeq: 15 });
    await expect(verified(files, { publicKey: 'no key' })).rejects.toThrow(TypeError);
  });
});

describe('a folder that was put back as a whole', () => {
  it('is not noticed from inside, and is noticed against a copy of the head', async () => {
    const later = await written(pem, [1], files);
    const { lastSeq, hash } = await verified(later);
    expect((await verified(files, outsideKey)).ok).toBe(true);
    const { damage } = await verified(files, { expectedHead: { lastSeq, hash } });
    expect(damage).toMatchObject({ kind: 'history', firstSeq: 13, lastSeq: 15 });
    expect(damage?.reason).toMatch(/ends at seq 12, but once ended at seq 15: it was put back/);
  });

  it('shows also when it has grown again since, and a head that was kept stays good', async () => {
    const kept = await verified(files);
    const expectedHead = { lastSeq: kept.lastSeq, hash: kept.hash };
    expect((await verified(await written(pem, [2], files), { expectedHead })).ok).toBe(true);
    const other = await written(pem, [1, 2, 2], new Map(), 8);
    const { damage } = await verified(other, { expectedHead });
    expect(damage?.reason).toMatch(/holds no block that ends at seq 12 with the hash/);
  });
});
