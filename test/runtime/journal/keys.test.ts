import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { JournalUnavailableError } from '../../../actors/errors.ts';
import { fileLog, type NewKey } from '../../../runtime/journal/file-log.ts';
import { nodeFileSystem } from '../../../runtime/journal/file-system.ts';
import {
  defaultKeyFile,
  loadSigner,
  parsePublicKeys,
  readFolderKeys,
} from '../../../runtime/journal/keys.ts';
import { fileJournal } from '../../../runtime/journal/open.ts';
import { verifyJournal } from '../../../runtime/journal/verify.ts';
import { addBlocks, smallJournal, temporaryFolder } from './folders.ts';
import { newKey, publicHalf } from './forge.ts';

async function place() {
  const root = await temporaryFolder();
  return { root, dir: join(root, 'journal'), file: join(root, 'signing.key') };
}

describe('the signing key', () => {
  it('is made beside the folder, for its owner only, and is used again', async () => {
    const { root, dir } = await place();
    await smallJournal(dir);
    const file = defaultKeyFile(dir);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(root)).sort()).toEqual(['journal', 'journal.key']);
    const before = await readFile(file, 'utf8');
    const notices: NewKey[] = [];
    const log = fileLog(dir, { onNewKey: (notice) => notices.push(notice) });
    await log.open();
    await log.close();
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(notices).toEqual([]);
    const publicKey = await readFile(join(dir, 'public-key.pem'), 'utf8');
    expect(publicKey).toBe(publicHalf(before));
    expect((await verifyJournal(dir, { publicKey })).signed.keys).toHaveLength(1);
  });

  it('lies where the setting says, and may serve several journals', async () => {
    const { root, file } = await place();
    for (const name of ['one', 'two']) {
      const journal = fileJournal(join(root, name), { signingKeyFile: file });
      await journal.open();
      await journal.close();
    }
    expect((await readdir(root)).sort()).toEqual(['one', 'signing.key', 'two']);
    const publicKey = publicHalf(await readFile(file, 'utf8'));
    for (const name of ['one', 'two']) {
      expect((await verifyJournal(join(root, name), { publicKey })).ok).toBe(true);
    }
  });

  it('is made once when several want it at the same time', async () => {
    const { dir, file } = await place();
    const folder = { dir, fs: nodeFileSystem };
    const loaded = await Promise.all([1, 2, 3, 4].map(() => loadSigner(folder, file)));
    expect(new Set(loaded.map(({ signer }) => signer.key)).size).toBe(1);
  });

  it('that is gone is replaced, said aloud, and the old public key is kept', async () => {
    const { dir } = await place();
    await smallJournal(dir);
    await rm(defaultKeyFile(dir));
    const notices: NewKey[] = [];
    const log = fileLog(dir, { onNewKey: (notice) => notices.push(notice) });
    await log.open();
    await log.close();
    const { signed } = await verifyJournal(dir);
    const file = defaultKeyFile(dir);
    expect(notices).toEqual([{ file, key: signed.keys[1], afterSeq: 12 }]);
    expect(signed.keys).toHaveLength(2);
    const found = await readFolderKeys({ dir, fs: nodeFileSystem });
    expect('ring' in found && [...found.ring.keys()]).toEqual(signed.keys);
  });

  it('that is gone together with the old public key stops a start', async () => {
    const { dir } = await place();
    await smallJournal(dir);
    await rm(defaultKeyFile(dir));
    await rm(join(dir, 'public-key.pem'));
    const opening = fileLog(dir).open();
    await expect(opening).rejects.toThrow(/which is not among the known ones.*public-key\.pem/);
    expect((await verifyJournal(dir)).damage?.kind).toBe('keys');
  });

  it('puts its public half back when only that is gone', async () => {
    const { dir } = await place();
    await smallJournal(dir);
    await rm(join(dir, 'public-key.pem'));
    const log = fileLog(dir);
    await log.open();
    await log.close();
    expect((await verifyJournal(dir)).ok).toBe(true);
  });
});

describe('a signing key that cannot be used', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;

  it.each<[string, string, number, RegExp]>([
    ['open to others', newKey(), 0o640, /is open to other users \(mode 0640\)\. Run `chmod 600/],
    ['no key', 'hello', 0o600, /is not a private key in PEM\. Put the right file there, or move/],
    ['a public key', publicHalf(newKey()), 0o600, /is not a private key in PEM/],
    [
      'of another kind',
      rsa.export({ type: 'pkcs8', format: 'pem' }) as string,
      0o600,
      /is a key of the kind rsa, not Ed25519\. Put an Ed25519 key there, or name another file/,
    ],
  ])('because it is %s is refused with the way out', async (_, text, mode, words) => {
    const { dir, file } = await place();
    await writeFile(file, text);
    await chmod(file, mode);
    const opening = fileLog(dir, { signingKeyFile: file }).open();
    await expect(opening).rejects.toThrow(JournalUnavailableError);
    await expect(opening).rejects.toThrow(words);
    await expect(opening).rejects.toThrow(`Signing key '${file}'`);
    expect(await readdir(dir)).not.toContain('lock');
  });

  it('because it cannot be read or made is refused with the way out', async () => {
    const { root, dir, file } = await place();
    await mkdir(file, { mode: 0o700 });
    const reading = fileLog(dir, { signingKeyFile: file }).open();
    await expect(reading).rejects.toThrow(/cannot be read: EISDIR.*Give this user the right/);
    const missing = join(root, 'gone', 'key');
    const making = fileLog(dir, { signingKeyFile: missing }).open();
    await expect(making).rejects.toThrow(/gone\/key' cannot be made: ENOENT.*signingKeyFile\.$/);
  });

  it('because it lies in the folder that it signs is refused', async () => {
    const { dir } = await place();
    const opening = fileLog(dir, { signingKeyFile: join(dir, 'my.key') }).open();
    await expect(opening).rejects.toThrow(/lies in the journal's folder.*Move it out/);
  });
});

describe('public keys', () => {
  it('are taken from any text of PEMs, and from nothing else', () => {
    const pems = [publicHalf(newKey()), publicHalf(newKey())];
    expect(parsePublicKeys(pems.join(''))?.size).toBe(2);
    expect(parsePublicKeys(`\r\n${pems.join('\n\n').replaceAll('\n', '\r\n')}`)?.size).toBe(2);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
    const other = rsa.export({ type: 'spki', format: 'pem' }) as string;
    for (const text of ['', 'x', other, `${pems[0]}x`])
      expect(parsePublicKeys(text)).toBeUndefined();
  });

  it('in the folder stop a start when they were changed', async () => {
    const { dir } = await place();
    await smallJournal(dir);
    const path = join(dir, 'public-key.pem');
    await writeFile(path, `${await readFile(path, 'utf8')}\n`);
    const words = /public-key\.pem, block 1 \(seq 1 to 12\): .* Put '.*public-key\.pem' back/;
    await expect(fileLog(dir).open()).rejects.toThrow(words);
  });
});

it('signs what is appended after a start under another file', async () => {
  const { dir, file } = await place();
  await smallJournal(dir);
  const journal = fileJournal(dir, { signingKeyFile: file });
  await journal.open();
  await addBlocks(journal, 12, 1);
  await journal.close();
  const first = publicHalf(await readFile(defaultKeyFile(dir), 'utf8'));
  const second = publicHalf(await readFile(file, 'utf8'));
  expect((await verifyJournal(dir, { publicKey: [first, second] })).ok).toBe(true);
  expect((await verifyJournal(dir, { publicKey: second })).damage).toMatchObject({ block: 1 });
});
