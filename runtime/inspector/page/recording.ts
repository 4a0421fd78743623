/** Recorded journals: which one the page shows, and how one comes to the server. */
import { signal } from '@preact/signals';
import { bearer } from './orders.ts';

/** What the server takes at a time, bytes. */
const pieceBytes = 4_194_304;
const journalFile = /^(?:segment-\d+\.ndjson|snapshot-\d+\.ndjson|head\.json|public-key\.pem)$/;

/** Why the server shows nothing; undefined while it does. */
export const lack = signal<string | undefined>(undefined);

const ofAddress = (): URLSearchParams => new URLSearchParams(location.hash.slice(1));

/** The recording that the address names; undefined: the run itself. */
export const recordingId = ofAddress().get('recording') ?? undefined;

/** What the live stream is asked for. */
export const liveQuery =
  recordingId === undefined ? '' : `?recording=${encodeURIComponent(recordingId)}`;

const noteKey = (id: string): string => `kintsugi.recording.${id}`;
/** What cannot be shown or known of the recording, and why. */
export const recordingNote =
  recordingId === undefined ? '' : (sessionStorage.getItem(noteKey(recordingId)) ?? '');

/** Everything of the page is about one run: it begins anew, at the end of it. */
function begin(recording: string | undefined): void {
  const place = ofAddress();
  for (const name of ['seq', 'actor', 'recording']) place.delete(name);
  if (recording !== undefined) place.set('recording', recording);
  history.replaceState(null, '', `${location.pathname}#${place}`);
  location.reload();
}

interface Answer {
  readonly id?: string;
  readonly state?: string;
  readonly note?: string;
  readonly detail?: string;
}

/** @throws what the server says against it. */
async function call(
  method: string,
  path: string,
  signal?: AbortSignal,
  body?: Blob,
): Promise<Answer> {
  for (;;) {
    const response = await fetch(`/api/recordings${path}`, {
      method,
      headers: { ...bearer(), ...(body && { 'content-type': 'application/octet-stream' }) },
      ...(body && { body }),
      ...(signal && { signal }),
    });
    const answer = (await response.json()) as Answer;
    if (response.ok) return answer;
    if (response.status !== 429) {
      throw new Error(answer.detail ?? `The server answered ${response.status}.`);
    }
    // Many pieces in a minute: it says how long to wait.
    const seconds = Number(response.headers.get('retry-after') ?? 5);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    signal?.throwIfAborted();
  }
}

/** Those files of a journal that are among them, the head first: a run may still be writing. */
export const journalFiles = (files: readonly File[]): readonly File[] =>
  files.filter(({ name }) => journalFile.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));

/** What was dropped; of folders what lies right in them. */
export async function filesOfDrop({ items, files }: DataTransfer): Promise<readonly File[]> {
  // Later the browser does not tell any more.
  const entries = [...items].map((item) => item.webkitGetAsEntry());
  const folders = entries.filter((entry) => entry?.isDirectory === true);
  if (folders.length === 0) return [...files];
  const inside = await Promise.all(
    folders.map((folder) => filesIn(folder as FileSystemDirectoryEntry)),
  );
  return inside.flat();
}

async function filesIn(folder: FileSystemDirectoryEntry): Promise<readonly File[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    // The browser hands out about a hundred at a time.
    if (some.length === 0) break;
    entries.push(...some);
  }
  const files = entries.filter((entry): entry is FileSystemFileEntry => entry.isFile);
  return Promise.all(
    files.map((file) => new Promise<File>((resolve, reject) => file.file(resolve, reject))),
  );
}

export interface UploadOptions {
  readonly signal: AbortSignal;
  /** @param ratio of the bytes that the server has; 1 while it opens them. */
  readonly onProgress: (ratio: number) => void;
}

/**
 * Brings a journal to the server and shows it in place of what is shown.
 *
 * @throws what is wrong with it, in the server's words.
 */
export async function openRecording(
  given: readonly File[],
  { signal, onProgress }: UploadOptions,
): Promise<void> {
  const files = journalFiles(given);
  if (files.length === 0) throw new Error('There is no file of a journal: segments, head.json.');
  const { id = '' } = await call('POST', '', signal);
  try {
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    let sentBytes = 0;
    for (const file of files) {
      for (let at = 0; at < file.size; at += pieceBytes) {
        const piece = await readable(file, at);
        await call('PUT', `/${id}/${file.name}?offset=${at}`, signal, piece);
        sentBytes += piece.size;
        onProgress(sentBytes / bytes);
      }
    }
    let answer: Answer = { state: 'opening' };
    while (answer.state === 'opening') answer = await call('POST', `/${id}/open`, signal);
    if (answer.note !== undefined) sessionStorage.setItem(noteKey(id), answer.note);
  } catch (error) {
    await closed(id);
    throw error;
  }
  if (recordingId !== undefined) await closed(recordingId);
  begin(id);
}

/** Read before it is sent: a browser does not say why a request failed. */
async function readable(file: File, at: number): Promise<Blob> {
  try {
    return new Blob([await file.slice(at, at + pieceBytes).arrayBuffer()]);
  } catch {
    const text = `'${file.name}' has changed meanwhile, or cannot be read: copy the folder first.`;
    throw new Error(text);
  }
}

/** It may be gone already. */
const closed = (id: string): Promise<unknown> => call('DELETE', `/${id}`).catch(() => {});

/** @param mayClose whether the token may remove it; else it waits for another to take its place. */
export async function backToRun(mayClose: boolean): Promise<void> {
  if (recordingId !== undefined && mayClose) await closed(recordingId);
  begin(undefined);
}
