import { describe, expect, it } from 'vitest';
import { JournalUnavailableError } from '../../../actors/errors.ts';
import type { SnapshotStore } from '../../../actors/ports.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { FileSnapshots } from '../../../runtime/journal/file-snapshots.ts';
import { FaultyDisk } from '../../support/faulty-disk.ts';

const dir = '/data/journal';

async function store() {
  const disk = new FaultyDisk();
  await disk.mkdir(dir);
  for (const folder of ['/', '/data']) await disk.syncFolder(folder);
  return { disk, snapshots: new FileSnapshots({ dir, fs: disk }) };
}

async function* chunks(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function textOf(snapshots: SnapshotStore, seq: number): Promise<string> {
  let text = '';
  for await (const chunk of snapshots.read(seq)) text += chunk;
  return text;
}

describe('snapshots in files', () => {
  it('come back as they were written, the newest first', async () => {
    const { disk, snapshots } = await store();
    // Longer than what is read at once, with characters across the seams.
    const long = '✓😀\ufeff'.repeat(20_000);
    await snapshots.write(900, chunks('a', 'ü\n', ''));
    await snapshots.write(12_000, chunks('\ufeff', long));
    expect(await snapshots.list()).toEqual([12_000, 900]);
    expect(await textOf(snapshots, 900)).toBe('aü\n');
    expect(await textOf(snapshots, 12_000)).toBe(`\ufeff${long}`);
    expect([...disk.files.keys()].sort()).toEqual([
      `${dir}/snapshot-000000000900.ndjson`,
      `${dir}/snapshot-000000012000.ndjson`,
    ]);
    await snapshots.write(900, chunks('b'));
    expect(await textOf(snapshots, 900)).toBe('b');
    await snapshots.remove(900);
    await snapshots.remove(900);
    expect(await snapshots.list()).toEqual([12_000]);
    expect(await textOf(snapshots, 900)).toBe('');
  });

  it('are whole after a power failure once they are written, and else not there', async () => {
    const { disk, snapshots } = await store();
    await snapshots.write(1, chunks('whole'));
    let callCount = 0;
    for (let left = 0; callCount <= left; left += 1) {
      callCount = 0;
      const next = disk.afterKill();
      next.plan = () => {
        callCount += 1;
        if (callCount > left) next.isOff = true;
        return undefined;
      };
      const writing = new FileSnapshots({ dir, fs: next }).write(2, chunks('also ', 'whole'));
      const isWritten = await writing.then(
        () => true,
        () => false,
      );
      for (const draw of [0, 0.5, 0.75, 0.9]) {
        const found = new FileSnapshots({ dir, fs: next.afterPowerCut(() => draw) });
        expect(await textOf(found, 1)).toBe('whole');
        const text = await textOf(found, 2);
        expect(isWritten ? ['also whole'] : ['', 'also whole']).toContain(text);
      }
      if (isWritten) break;
    }
    expect(callCount).toBeGreaterThan(5);
  });

  it('leave nothing behind when they cannot be written', async () => {
    const { disk, snapshots } = await store();
    disk.plan = (call) => (call === 'sync' ? { code: 'EIO' } : undefined);
    const writing = snapshots.write(3, chunks('x'));
    await expect(writing).rejects.toThrow(JournalUnavailableError);
    await expect(writing).rejects.toThrow(/disk reports an error \(EIO\)/);
    expect(disk.files.size).toBe(0);
    disk.plan = (call) => (call === 'read' ? { code: 'EIO' } : undefined);
    disk.put(`${dir}/snapshot-000000000003.ndjson`, Buffer.from('x'));
    await expect(textOf(snapshots, 3)).rejects.toThrow(/cannot be read/);
  });

  it('lie beside the log, whose start removes what a crash left of them', async () => {
    const { disk } = await store();
    disk.put(`${dir}/snapshot-000000000004.ndjson.new`, Buffer.from('half'));
    disk.put(`${dir}/snapshot-000000000003.ndjson`, Buffer.from('whole'));
    await disk.mkdir('/keys');
    const log = fileLog(dir, { fileSystem: disk, signingKeyFile: '/keys/k' });
    await log.open();
    expect(await log.snapshots?.list()).toEqual([3]);
    expect(disk.files.has(`${dir}/snapshot-000000000004.ndjson.new`)).toBe(false);
    await log.close();
  });
});
