/**
 * A tree that is taken apart into a snapshot and put together again, at several moments of a run,
 * is the same tree: it gives the same snapshot again, and does the same with what follows.
 */

import { expect } from 'vitest';
import { Core } from '../../runtime/core.ts';
import type { InputLine, TurnLine } from '../../runtime/journal/format.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import type { Lifecycle } from '../../runtime/lifecycle.ts';
import { divergenceText } from '../../runtime/replay/divergence.ts';
import { feed } from '../../runtime/replay/feed.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { settingsFrom } from '../../runtime/settings/load.ts';
import { capture } from '../../runtime/snapshot/capture.ts';
import { parseSnapshot } from '../../runtime/snapshot/load.ts';
import { restore } from '../../runtime/snapshot/restore.ts';
import { snapshotText } from '../../runtime/snapshot/text.ts';
import { testHooks } from '../../runtime/test-hooks.ts';
import { inside } from './inside.ts';
import { whole } from './whole.ts';

/** @param momentCount how many moments of the run are tried, spread over it. */
export async function expectRestores(runtime: Runtime, momentCount = 4): Promise<void> {
  const life = inside(runtime);
  await runtime.flush();
  const lines: (InputLine | TurnLine)[] = [];
  for await (const line of readJournal(life.journal.log)) {
    if (!('settings' in line)) lines.push(line);
  }
  const turnCount = lines.length / 2;
  const every = Math.max(1, Math.floor(turnCount / momentCount));
  const first = fresh(life);
  for (let turn = 0; turn < turnCount; turn++) {
    const [input, line] = lines.slice(turn * 2, turn * 2 + 2) as [InputLine, TurnLine];
    first.engine.mode = 'replay';
    first.replay(input, line);
    if (turn % every !== 0 && turn !== turnCount - 1) continue;
    await expectSameLife(life, first, lines.slice(turn * 2 + 2));
  }
  first.dispose();
}

async function expectSameLife(
  life: Lifecycle,
  before: Core,
  rest: readonly (InputLine | TurnLine)[],
): Promise<void> {
  const text = await textOf(before);
  const snapshot = parseSnapshot(text);
  const core = fresh(life);
  restore(core, snapshot, await settingsOf(snapshot.head.settings));
  expect(whole(core)).toBe(whole(before));
  expect(await textOf(core)).toBe(text);
  const fed = await feed(core, from(rest));
  expect(fed.divergence && divergenceText(fed.divergence)).toBeUndefined();
  expect(core.engine.digest.value).toBe(life.core.engine.digest.value);
  core.dispose();
}

const parsed = new Map<string, ReturnType<typeof settingsFrom>>();

/** Reading settings costs more than the rest; those of a run seldom change. */
function settingsOf(given: Parameters<typeof settingsFrom>[0]): ReturnType<typeof settingsFrom> {
  const text = JSON.stringify(given);
  const settings = parsed.get(text) ?? settingsFrom(given);
  parsed.set(text, settings);
  return settings;
}

/** A core that nothing was done with yet. */
function fresh({ options, seed, children }: Lifecycle): Core {
  const { nameable = false } = options;
  return new Core({
    settings: options.settings,
    seed,
    tree: options.tree,
    children,
    hooks: { now: () => 0, commit() {}, notify() {}, timerSet() {}, ...testHooks({ nameable }) },
  });
}

async function textOf(core: Core): Promise<string> {
  let text = '';
  for await (const chunk of snapshotText(core, capture(core, undefined))) text += chunk;
  return text;
}

async function* from<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
