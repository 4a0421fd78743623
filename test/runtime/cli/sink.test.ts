import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSink, streamSink, writeTo } from '../../../runtime/cli/sink.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { fakeStream } from './fake-io.ts';

/** A reader that is behind until it is told to go on. */
function slowStream() {
  const stream = { ...fakeStream(), drain: () => {} };
  return Object.assign(stream, {
    write(text: string) {
      stream.text += text;
      return false;
    },
    once: (_: 'drain', listener: () => void) => {
      stream.drain = listener;
    },
  });
}

describe('a sink over a stream', () => {
  it('waits for a reader that is behind', async () => {
    const stream = slowStream();
    let isDone = false;
    const writing = writeTo(stream, 'a').then(() => {
      isDone = true;
    });
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    stream.drain();
    await writing;
    expect(stream.text).toBe('a');
  });

  it('gathers rows, and loses and doubles none', async () => {
    const stream = { ...fakeStream(), calls: 0 };
    stream.write = (text) => {
      stream.text += text;
      stream.calls += 1;
    };
    const sink = streamSink(stream);
    const rows = Array.from({ length: 5_000 }, (_, index) => `row ${index} ${'x'.repeat(20)}\n`);
    for (const row of rows) await sink.write(row);
    await sink.close();
    expect(stream.text).toBe(rows.join(''));
    expect(stream.calls).toBe(3);
  });

  it('writes nothing of what is discarded before it was much', async () => {
    const stream = fakeStream();
    const sink = streamSink(stream);
    await sink.write('header\n');
    await sink.discard();
    expect(stream.text).toBe('');
  });
});

describe('a sink over a file', () => {
  it('makes a file for this user only, and leaves one that is there alone', async () => {
    const dir = await temporaryFolder();
    const file = join(dir, 'rows');
    const sink = await fileSink(file, { journal: join(dir, 'j') });
    await sink.write('a\n');
    await sink.close();
    expect(await readFile(file, 'utf8')).toBe('a\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const again = fileSink(file, { journal: join(dir, 'j') });
    await expect(again).rejects.toMatchObject({ code: 'USAGE' });
    await expect(again).rejects.toThrow('it exists. Choose another name, or give --force');
    expect(await readFile(file, 'utf8')).toBe('a\n');
  });

  it('writes over a file when it is told to, and closes it to others', async () => {
    const dir = await temporaryFolder();
    const file = join(dir, 'rows');
    await writeFile(file, 'much longer than before\n', { mode: 0o644 });
    const sink = await fileSink(file, { force: true, journal: join(dir, 'j') });
    await sink.write('b\n');
    await sink.close();
    expect(await readFile(file, 'utf8')).toBe('b\n');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('takes the file away again when nothing should have been asked for', async () => {
    const dir = await temporaryFolder();
    const file = join(dir, 'rows');
    const sink = await fileSink(file, { journal: join(dir, 'j') });
    await sink.write('a\n');
    await sink.discard();
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('never writes into the journal, by whatever name', async () => {
    const dir = await temporaryFolder();
    const journal = join(dir, 'j');
    await mkdir(journal);
    await writeFile(join(journal, 'segment'), 'kept');
    await symlink(journal, join(dir, 'link'));
    await symlink(join(journal, 'segment'), join(dir, 'file-link'));
    const names = [join(journal, 'new'), join(dir, 'link', 'segment'), join(dir, 'file-link')];
    for (const file of names) {
      await expect(fileSink(file, { force: true, journal })).rejects.toThrow('the journal');
    }
    expect(await readFile(join(journal, 'segment'), 'utf8')).toBe('kept');
  });

  it.each([
    ['no/such/folder', 'Make the folder first'],
    ['.', 'exists'],
  ])('says of %j how to do better', async (name, words) => {
    const dir = await temporaryFolder();
    await expect(fileSink(join(dir, name), { journal: '/j' })).rejects.toThrow(words);
  });
});
