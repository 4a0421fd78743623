/** What would have happened under other settings: a recorded run and its sibling, side by side. */

import type { ChildSpec } from '../../actors/child.ts';
import { circuitBreakerMachine } from '../../machines/circuit-breaker.ts';
import type { Core } from '../core.ts';
import {
  type InputLine,
  isInput,
  isTurn,
  type JournalLine,
  type TurnLine,
} from '../journal/format.ts';
import type { readJournal } from '../journal/read.ts';
import { divergedError } from '../replay/divergence.ts';
import { feed } from '../replay/feed.ts';
import { openReplay, type ReplayOptions } from '../replay/replay.ts';
import { machineIdOf } from '../supervision/tree.ts';
import {
  Comparison,
  type FirstDifference,
  type Pair,
  type SettingDifference,
} from './comparison.ts';
import { viewOf, type WhatIfModel } from './model.ts';
import { type EffectCounts, OtherRun } from './other-run.ts';
import {
  isAskedAbout,
  overlayOf,
  settingDifferences,
  type WhatIfSettings,
} from './other-settings.ts';
import { Recorded } from './recorded.ts';

export interface WhatIfOptions
  extends Pick<ReplayOptions, 'tree' | 'children' | 'until' | 'allowChanged' | 'nameable'> {
  /** What is to be different; all else is as it was. A file (YAML or JSON), or an object. */
  readonly settings: WhatIfSettings;
  /** What answers where the journal cannot; a function makes one for each run. Default: nothing. */
  readonly model?: WhatIfModel | (() => WhatIfModel);
  /** Called with each entry that was read; the journal is read twice. */
  readonly onEntry?: (count: number) => void;
}

/** Something that neither the journal nor the model can decide. */
export interface NotEvaluable {
  /** An actor, or a port. */
  readonly what: string;
  readonly why: string;
}

export interface WhatIfResult {
  /** Entries of the journal, and entries that only the other run has. */
  readonly entries: number;
  readonly ownEntries: number;
  /** Turns of the journal that came otherwise or not at all; 0 when nothing differs. */
  readonly differentTurns: number;
  readonly settings: readonly SettingDifference[];
  readonly first: FirstDifference | undefined;
  /** How often breakers opened, by path. */
  readonly openings: Readonly<Record<string, Pair>>;
  /** Facts whose counts differ, by type, as `order.refused`. */
  readonly facts: Readonly<Record<string, Pair>>;
  /** Numbers of the host, as equity and drawdown, by name. */
  readonly measures: Readonly<Record<string, Pair>>;
  readonly effects: EffectCounts;
  readonly notEvaluable: readonly NotEvaluable[];
}

type Source = Parameters<typeof readJournal>[0];

/**
 * Runs a journal again under other settings. Nothing of the outside runs: effects are answered from
 * the journal, else by the model.
 *
 * @throws {ConfigInvalidError} when the settings are not allowed.
 * @throws {ReplayDivergedError} when this program does not do what the journal says.
 * @throws what `replayJournal` throws.
 */
export async function whatIf(source: Source, options: WhatIfOptions): Promise<WhatIfResult> {
  const model = typeof options.model === 'function' ? options.model() : (options.model ?? {});
  const overlay = await overlayOf(options.settings);
  const { recorded, entries } = await gathered(source, options, model);
  const { core: before, lines } = await openReplay(source, options);
  const core = await coreOf(source, options);
  const wanted = overlay(before.settings);
  const settings = settingDifferences(before.settings, wanted);
  core.settings = wanted;
  const comparison = new Comparison(() => model.watcher?.());
  const other = new OtherRun(core, {
    recorded,
    model,
    before,
    overlay,
    told: (input, line, was) => comparison.noteOther(input, line, was),
  });
  before.engine.mode = 'replay';
  for await (const { input, line } of turnsOf(lines, options.until)) {
    comparison.noteRecorded(input, line);
    if (!other.take(input, line)) comparison.noteSkipped(input);
    before.replay(input, line);
    options.onEntry?.(entries + before.engine.seq);
  }
  const result = {
    entries,
    ownEntries: other.ownEntryCount,
    differentTurns: comparison.differentTurnCount,
    settings,
    first: comparison.first,
    openings: comparison.openings(),
    facts: comparison.facts(),
    measures: comparison.measures({ recorded: viewOf(before), whatIf: viewOf(core) }),
    effects: other.counts,
    notEvaluable: [...unjudgedOf(settings, model), ...notEvaluableIn(core, before.settings, other)],
  };
  core.dispose();
  before.dispose();
  return result;
}

/** A second core in the same state; its lines are those of the first one. */
async function coreOf(source: Source, options: WhatIfOptions): Promise<Core> {
  const { core, lines } = await openReplay(source, options);
  await lines[Symbol.asyncIterator]().return?.();
  return core;
}

/** Entries with what they did. */
async function* turnsOf(
  lines: AsyncIterable<JournalLine>,
  until = Number.POSITIVE_INFINITY,
): AsyncIterable<{ readonly input: InputLine; readonly line: TurnLine }> {
  let input: InputLine | undefined;
  for await (const line of lines) {
    if (isInput(line)) input = line;
    if (!isTurn(line) || !input) continue;
    if (input.seq > until) return;
    yield { input, line };
    input = undefined;
  }
}

/** What the journal knows of effects, and proof that this program does it all again. */
async function gathered(
  source: Source,
  options: WhatIfOptions,
  model: WhatIfModel,
): Promise<{ readonly recorded: Recorded; readonly entries: number }> {
  const { core, lines } = await openReplay(source, options);
  const recorded = new Recorded(model);
  const watched = async function* (): AsyncIterable<JournalLine> {
    for await (const { input, line } of turnsOf(lines, options.until)) {
      recorded.before(input);
      yield input;
      // Once more is asked for, this turn has been replayed.
      yield line;
      recorded.after(core, line);
      options.onEntry?.(input.seq);
    }
  };
  const { divergence, entries } = await feed(core, watched());
  core.dispose();
  if (divergence) throw divergedError(divergence);
  return { recorded, entries };
}

/** What the host did by settings of its own is in the journal as it was. */
function unjudgedOf(
  settings: readonly SettingDifference[],
  { unjudged = {} }: WhatIfModel,
): NotEvaluable[] {
  return settings.flatMap(({ path }) => {
    const why = unjudged[path];
    return why === undefined ? [] : [{ what: path, why }];
  });
}

/** A breaker counts closed calls in memory: only what it was told of can be judged anew. */
function notEvaluableIn(core: Core, recorded: Core['settings'], other: OtherRun): NotEvaluable[] {
  const found: NotEvaluable[] = [];
  for (const node of core.nodes()) {
    const { settings } = node.spec as ChildSpec;
    if (machineIdOf(node) !== circuitBreakerMachine.id || settings === undefined) continue;
    if (!isAskedAbout(recorded, core.settings, settings)) continue;
    const why =
      'its settings differ, and the journal does not hold its closed calls: what it was told of ' +
      'is judged anew, and trips that nobody recorded cannot be seen';
    found.push({ what: node.path, why });
  }
  for (const [port, count] of other.unanswered) {
    found.push({
      what: `port ${port}`,
      why: `asked for ${count} times more, and no model answers`,
    });
  }
  for (const [what, count] of other.skipped) {
    if (!what.startsWith('event ')) continue;
    const path = what.slice('event '.length);
    found.push({ what: path, why: `nobody runs there to be told of ${count} recorded events` });
  }
  return found;
}
