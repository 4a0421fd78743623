/** Journals for tests of export: written through the real writer, a block per flush. */
import { onTestFinished } from 'vitest';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import type { InputLine, TurnLine } from '../../../runtime/journal/format.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { header } from '../journal/folders.ts';

/** One entry: what differs from a plain event, and what it did. */
export type Given = Partial<Omit<InputLine, 'seq'>> & { readonly did?: Omit<TurnLine, 'turn'> };

/** Every part of an entry is there at least once; no two entries are alike. */
export const richEntries: readonly Given[] = [
  {
    kind: 'command',
    path: '',
    event: { command: 'start' },
    did: { changed: [{ path: '/a', to: 'idle' }] },
  },
  {
    path: '/a/b',
    event: { type: 'ISOLATE', by: 'ada', text: 'süß, "quoted"\n' },
    class: 'safety',
    did: {
      changed: [
        { path: '/a/b', to: 'open', fields: { n: 1 } },
        { path: '/x', fields: { m: 2 } },
      ],
      facts: [{ type: 'breaker.opened', path: '/a/b' }],
      effects: [{ id: '2.0', port: 'ping', request: { callId: 'c' } }],
    },
  },
  {
    kind: 'timer',
    path: '/a/b',
    event: 'retry',
    cause: 2,
    did: { down: [{ path: '/a/b', why: 'died' }] },
  },
  {
    path: '/ab',
    event: { type: '=cmd()' },
    did: { dead: [{ path: '/gone', type: 'T', why: 'no actor' }] },
  },
  {
    kind: 'resume',
    path: '',
    event: {},
    did: { timers: [{ path: '/t', id: 'retry', policy: 'drop' }], threw: { 0: 'bad' } },
  },
];

export function linesOf(seq: number, { did = {}, ...given }: Given): string {
  const plain = { kind: 'event', path: '/a', event: { type: 'T' } };
  const input = { seq, at: seq * 1_000, ...plain, ...given };
  return `${JSON.stringify(input)}\n${JSON.stringify({ turn: seq, ...did })}\n`;
}

/** A journal that is still open for writing; closed after the test. */
export async function openJournal(dir: string) {
  const journal = new Journal(fileLog(dir));
  const { head } = await journal.open();
  let seq = head.lastSeq;
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) await journal.close();
    isOpen = false;
  };
  onTestFinished(close);
  if (seq === 0) journal.begin(header);
  return {
    close,
    async add(entries: readonly Given[]): Promise<void> {
      for (const entry of entries) {
        seq += 1;
        journal.append(linesOf(seq, entry), seq, entry.class === 'safety');
      }
      await journal.flush();
    },
  };
}

/** A closed journal. */
export async function writtenJournal(dir: string, entries = richEntries): Promise<string> {
  const journal = await openJournal(dir);
  await journal.add(entries);
  await journal.close();
  return dir;
}

export async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of from) found.push(one);
  return found;
}
