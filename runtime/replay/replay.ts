/** Replays a journal with this program's machines and compares every turn. */
import { type AnySpec, type SupervisorSpec, supervisor } from '../../actors/child.ts';
import { Core } from '../core.ts';
import { type HeaderLine, isHeader, type JournalLine } from '../journal/format.ts';
import { readJournal } from '../journal/read.ts';
import { refuseChanged } from '../machine-hashes.ts';
import { settingsFrom } from '../settings/load.ts';
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
  /** Turns before this seq are replayed but not compared. */
  readonly from?: number | undefined;
  /** Replays although charts have changed since. */
  readonly allowChanged?: boolean;
  readonly onEntry?: (seq: number) => void;
  /** As the test runtime that wrote the journal. */
  readonly nameable?: boolean;
}

export interface ReplayResult {
  /** Entries read. */
  readonly entries: number;
  /** Turns compared. */
  readonly turns: number;
  readonly lastSeq: number;
  /** Logical time at the end, ms. */
  readonly at: number;
  readonly digest: string;
  readonly divergence: Divergence | undefined;
  /** The tree at the end. */
  readonly tree: readonly TreeView[];
}

/**
 * @param source folder of a journal, or anything that `readJournal` takes.
 * @throws {JournalCorruptError} when the journal is damaged.
 * @throws {MachineChangedError} when a chart has changed and `allowChanged` is not set.
 */
export async function replayJournal(
  source: Parameters<typeof readJournal>[0],
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const lines = readJournal(source)[Symbol.asyncIterator]();
  const first = await lines.next();
  const header = first.value as JournalLine | undefined;
  if (!header || !isHeader(header))
    throw new RangeError('The journal is empty: nothing to replay.');
  const tree = await treeOf(options.tree, header);
  if (!options.allowChanged) refuseChanged(header, tree);
  const core = await coreOf(header, tree, options);
  const rest: AsyncIterable<JournalLine> = { [Symbol.asyncIterator]: () => lines };
  const fed = await feed(core, rest, options);
  const { seq, at, digest } = core.engine;
  const { entries, turns, divergence } = fed;
  const view = treeView(core);
  core.dispose();
  return { entries, turns, lastSeq: seq, at, digest: digest.value, divergence, tree: view };
}

async function treeOf(tree: ReplayOptions['tree'], header: HeaderLine): Promise<SupervisorSpec> {
  if (typeof tree === 'function') return tree(header);
  return tree ?? supervisor({ id: 'app', children: [] });
}

async function coreOf(header: HeaderLine, tree: SupervisorSpec, options: ReplayOptions) {
  const settings = await settingsFrom(header.settings);
  return new Core({
    settings,
    seed: header.seed,
    tree,
    children: new Map(Object.entries(options.children ?? {})),
    hooks: { now: () => 0, commit() {}, notify() {}, timerSet() {}, ...testHooks(options) },
  });
}
