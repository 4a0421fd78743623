/**
 * The key that signs a journal: Ed25519, its private half outside the folder, made at first use.
 *
 * The public halves of all keys that ever signed lie in the folder, for convenience: who can change
 * the journal can change them too. Proof needs a public key that was kept elsewhere.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { dirname, resolve, sep } from 'node:path';
import { JournalUnavailableError } from '../../actors/errors.ts';
import { type FileSystem, type Folder, hasCode, makeFile } from './file-system.ts';
import { publicKeyFile, readText, unfinished } from './files.ts';

/** Signs for a writer. */
export interface Signer {
  /** Id of the key. */
  readonly key: string;
  readonly publicKey: KeyObject;
  /** Ed25519, base64. */
  sign(text: string): string;
}

/** Public keys by id. */
export type KeyRing = ReadonlyMap<string, KeyObject>;

/** The first 16 hex digits of SHA-256 of the public key as DER (SubjectPublicKeyInfo). */
export const keyId = (publicKey: KeyObject): string =>
  hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 16);

const pemOf = (publicKey: KeyObject): string =>
  publicKey.export({ type: 'spki', format: 'pem' }) as string;

/** Where the private key lies unless a setting says otherwise. */
export const defaultKeyFile = (dir: string): string => `${dir}.key`;

const unusable = (path: string, why: string, wayOut: string, cause?: unknown) =>
  new JournalUnavailableError(`Signing key '${path}' ${why}. ${wayOut}.`, { cause });

const elsewhere = 'name another file with the setting journal.signingKeyFile';

function signerOf(path: string, pem: string): Signer {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    const wayOut = 'Put the right file there, or move this one away: a new key is then made';
    throw unusable(path, 'is not a private key in PEM', wayOut, cause);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') {
    const why = `is a key of the kind ${privateKey.asymmetricKeyType}, not Ed25519`;
    throw unusable(path, why, `Put an Ed25519 key there, or ${elsewhere}`);
  }
  const publicKey = createPublicKey(privateKey);
  return {
    key: keyId(publicKey),
    publicKey,
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
  };
}

async function readSigner(fs: FileSystem, path: string): Promise<Signer | undefined> {
  let pem: string;
  try {
    const { mode } = await fs.stat(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      const wayOut = `Run \`chmod 600 '${path}'\` if nobody has copied it, and start again`;
      throw unusable(path, `is open to other users (mode ${octal})`, wayOut);
    }
    pem = (await fs.readFile(path)).toString('utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return undefined;
    if (cause instanceof JournalUnavailableError) throw cause;
    const why = `cannot be read: ${cause instanceof Error ? cause.message : cause}`;
    throw unusable(path, why, `Give this user the right to read it, or ${elsewhere}`, cause);
  }
  return signerOf(path, pem);
}

/** Puts a new key under its name, whole and for its owner only, unless one stands there. */
async function makeKey(fs: FileSystem, path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const mine = `${path}.${randomUUID()}`;
  try {
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    await (await makeFile(fs, mine, pem)).close();
    await fs.link(mine, path);
    await fs.syncFolder(dirname(path));
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return;
    const why = `cannot be made: ${cause instanceof Error ? cause.message : cause}`;
    throw unusable(path, why, `Give this user the right to write there, or ${elsewhere}`, cause);
  } finally {
    await fs.rm(mine).catch(() => {});
  }
}

/**
 * The signer of a journal; makes its key when there is none.
 *
 * @throws {JournalUnavailableError} when the key cannot be used or made; the text names the file.
 */
export async function loadSigner(
  { dir, fs }: Folder,
  file: string | undefined,
): Promise<{ readonly signer: Signer; readonly path: string; readonly isNew: boolean }> {
  const path = resolve(file ?? defaultKeyFile(dir));
  if (path.startsWith(dir + sep)) {
    const why = "lies in the journal's folder, where whoever changes the journal could use it";
    throw unusable(path, why, `Move it out, and ${elsewhere}`);
  }
  const found = await readSigner(fs, path);
  if (found !== undefined) return { signer: found, path, isNew: false };
  await makeKey(fs, path);
  const signer = await readSigner(fs, path);
  if (signer === undefined) throw unusable(path, 'was removed while it was made', 'Start again');
  return { signer, path, isNew: true };
}

/** Public keys in PEM, one behind the other; `undefined` when the text is anything else. */
export function parsePublicKeys(text: string): KeyRing | undefined {
  const ring = new Map<string, KeyObject>();
  try {
    for (const pem of text.trim().split(/(?<=-----END PUBLIC KEY-----)\s+/)) {
      const key = createPublicKey(pem);
      if (key.asymmetricKeyType !== 'ed25519') return undefined;
      ring.set(keyId(key), key);
    }
  } catch {
    return undefined;
  }
  return ring;
}

/** What a folder's own key file says. */
export type FolderKeys =
  | { readonly ring: KeyRing }
  | { readonly fault: string; readonly isAbsent: boolean };

/** Reads the public keys in a folder; every byte of the file counts. */
export async function readFolderKeys(folder: Folder): Promise<FolderKeys> {
  const text = await readText(folder, publicKeyFile(folder.dir), 'latin1');
  if (text === undefined) return { fault: 'it is missing', isAbsent: true };
  const ring = parsePublicKeys(text);
  const isWhole = ring !== undefined && [...ring.values()].map(pemOf).join('') === text;
  if (isWhole) return { ring };
  return { fault: 'it does not hold public keys as they were written', isAbsent: false };
}

/** Adds a key to those in the folder, unless it is there. */
export async function addFolderKey(folder: Folder, ring: KeyRing, signer: Signer): Promise<void> {
  const { dir, fs } = folder;
  const path = publicKeyFile(dir);
  const text = [...new Map([...ring, [signer.key, signer.publicKey]]).values()].map(pemOf).join('');
  if ((await readText(folder, path, 'latin1')) === text) return;
  await (await makeFile(fs, unfinished(path), text)).close();
  await fs.rename(unfinished(path), path);
  await fs.syncFolder(dir);
}
