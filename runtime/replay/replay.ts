/** Replays a journal with this program's machines and compares every turn. */
import { type AnySpec, type SupervisorSpec, supervisor } from '../../actors/child.ts';
import { KintsugiError } from '../../actors/errors.ts';
import { Core } from '../core.ts';
import type { Turn } from '../engine/engine.ts';
import { fileLog } from '../journal/file-log.ts';
import { type HeaderLine, isHeader, type JournalLine } from '../journal/format.ts';
import { readJournal } from '../journal/read.ts';
import { refuseChanged } from '../machine-hashes.ts';
import { settingsFrom } from '../settings/load.ts';
import { loadSnapshot } from '../snapshot/load.ts';
import { restore } from '../snapshot/restore.ts';
import { testHooks } from '../test-hooks.ts';
import { type TreeView, treeView } from '../view.ts';
import type { Divergence } from './divergence.ts';
import { feed } from './feed.ts';

export interface ReplayOptions {
  /** The tree that the journal's host built, or the way to build it from the journal's header. */
  readonly tree?:
    | SupervisorSpec
    | ((header: HeaderLine) => SupervisorSpec | Promise<SupervisorSpec>);
  /** Specifications of actors that were started by `spawn`, by path. */
  readonly children?: Readonly<Record<string, AnySpec>>;
  /** Stops after this seq. */
  readonly until?: number | undefined;
  /** Turns before this seq are not compared: the replay begins at a tree snapshot before it. */
  readonly from?: number | undefined;
  /** Replays although charts have changed since. */
  readonly allowChanged?: boolean;
  readonly onEntry?: (seq: number) => void;
  /** As the test runtime that wrote the journal. */
  readonly nameable?: boolean;
}

/** The journal has no entry to replay. */
export class JournalEmptyError extends KintsugiError {
  readonly code = 'JOURNAL_EMPTY';
  readonly retryable = false;
}

/** An effect that was asked for and has no outcome in the journal. */
export interface Unanswered {
  readonly path: string;
  readonly id: string;
  /** The entry whose turn asked for it. */
  readonly seq: number;
}

export interface ReplayResult {
  /** The replay began at the tree snapshot after this seq; 0: at the journal's start. */
  readonly afterSeq: number;
  /** Entries read. */
  readonly entries: number;
  /** Turns compared. */
  readonly turns: number;
  readonly lastSeq: number;
  /** Logical time at the end, ms. */
  readonly at: number;
  readonly digest: string;
  readonly divergence: Divergence | undefined;
  /** Effects without an outcome, at the end. */
  readonly unanswered: readonly Unanswered[];
  /** The tree at the end. */
  readonly tree: readonly TreeView[];
}

/**
 * @param source folder of a journal, or anything that `readJournal` takes.
 * @throws {JournalCorruptError} when the journal is damaged.
 * @throws {JournalEmptyError} when it has no header.
 * @throws {MachineChangedError} when a chart has changed and `allowChanged` is not set.
 */
export async function replayJournal(
  source: Parameters<typeof readJournal>[0],
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const { core, lines, afterSeq } = await openReplay(source, options);
  const fed = await feed(core, lines, options);
  const { seq, at, digest } = core.engine;
  const { entries, turns, divergence } = fed;
  const [view, unanswered] = [treeView(core), unansweredIn(core)];
  core.dispose();
  const end = { lastSeq: seq, at, digest: digest.value };
  return { afterSeq, entries, turns, ...end, divergence, unanswered, tree: view };
}

/** A core in the state before the entries that are to be fed to it. */
export interface OpenReplay {
  /** The last entry that its state knows; 0 at the journal's start. */
  readonly afterSeq: number;
  readonly header: HeaderLine;
  readonly core: Core;
  readonly lines: AsyncIterable<JournalLine>;
}

/**
 * @param observe called after each turn.
 * @throws what `replayJournal` throws.
 */
export async function openReplay(
  source: Parameters<typeof readJournal>[0],
  options: ReplayOptions,
  observe?: (turn: Turn) => void,
): Promise<OpenReplay> {
  const lines = readJournal(source)[Symbol.asyncIterator]();
  try {
    const first = await lines.next();
    const header = first.value as JournalLine | undefined;
    if (!header || !isHeader(header)) {
      throw new JournalEmptyError('The journal is empty: nothing to replay.');
    }
    const tree = await treeOf(options.tree, header);
    if (!options.allowChanged) refuseChanged(header, tree);
    const core = await coreOf(header, tree, options, observe);
    const afterSeq = await restoreBefore(core, source, options);
    if (afterSeq === 0) return { afterSeq, header, core, lines: again(lines) };
    await lines.return();
    return { afterSeq, header, core, lines: readJournal(source, { afterSeq }) };
  } catch (error) {
    // Nobody else would close the file.
    await lines.return();
    throw error;
  }
}

/** What is left of an iterator, its first line taken. */
const again = <T>(iterator: AsyncIterator<T>): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => iterator,
});

/** Restores the newest snapshot before the first turn that is to be compared. */
async function restoreBefore(
  core: Core,
  source: Parameters<typeof readJournal>[0],
  { from = 1, until = Number.POSITIVE_INFINITY }: ReplayOptions,
): Promise<number> {
  if (from <= 1) return 0;
  const log = typeof source === 'string' ? fileLog(source) : source;
  const snapshot = await loadSnapshot(log, { seqMax: Math.min(from - 1, until) });
  if (snapshot) restore(core, snapshot, await settingsFrom(snapshot.head.settings));
  return snapshot?.head.snapshot ?? 0;
}

/** Promises whose outcome the journal does not have: the process ended, or was stopped, before. */
function unansweredIn({ engine }: Core): Unanswered[] {
  return engine.effects
    .waiting()
    .filter(({ kind }) => kind === 'promise' || kind === 'custom')
    .map(({ actor, id, seq }) => ({ path: engine.paths.of(actor), id, seq }));
}

async function treeOf(tree: ReplayOptions['tree'], header: HeaderLine): Promise<SupervisorSpec> {
  if (typeof tree === 'function') return tree(header);
  return tree ?? supervisor({ id: 'app', children: [] });
}

async function coreOf(
  header: HeaderLine,
  tree: SupervisorSpec,
  options: ReplayOptions,
  observe: ((turn: Turn) => void) | undefined,
): Promise<Core> {
  const settings = await settingsFrom(header.settings);
  return new Core({
    settings,
    seed: header.seed,
    tree,
    children: new Map(Object.entries(options.children ?? {})),
    hooks: { now: () => 0, commit() {}, notify() {}, timerSet() {}, ...testHooks(options) },
    observe,
  });
}
