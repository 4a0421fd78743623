/** What would have happened under other settings: a recorded run and its sibling, side by side. */

import type { ChildSpec } from '../../actors/child.ts';
import { circuitBreakerMachine } from '../../machines/circuit-breaker.ts';
import type { Core } from '../core.ts';
import { type InputLine, isInput, isTurn, type JournalLine } from '../journal/format.ts';
import type { readJournal } from '../journal/read.ts';
import { divergedError } from '../replay/divergence.ts';
import { feed } from '../replay/feed.ts';
import { openReplay, type ReplayOptions } from '../replay/replay.ts';
import { settingsFrom } from '../settings/load.ts';
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
  otherSettings,
  overridesOf,
  settingDifferences,
  type WhatIfSettings,
} from './other-settings.ts';
import { Recorded } from './recorded.ts';

export interface WhatIfOptions
  extends Pick<ReplayOptions, 'tree' | 'children' | 'until' | 'allowChanged' | 'nameable'> {
  /** What is to be different; all else is as it was. A file (YAML or JSON), or an object. */
  readonly settings: WhatIfSettings;
  /** What answers where the journal cannot. Default: nothing does. */
  readonly model?: WhatIfModel;
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
  const { model = {} } = options;
  const before = await recordedRun(source, options, model);
  const { core, header, lines } = await openReplay(source, options);
  const comparison = new Comparison(() => model.watcher?.());
  const wanted = await otherSettings(await settingsFrom(header.settings), options.settings);
  const differences = settingDifferences(core.settings, wanted);
  core.settings = wanted;
  const other = new OtherRun(core, {
    recorded: before.recorded,
    model,
    overrides: overridesOf(differences),
    told: (input, line, recorded) => comparison.noteOther(input, line, recorded),
  });
  const entries = await sideBySide(lines, { other, comparison, options, from: before.entries });
  const views = { recorded: viewOf(before.core), whatIf: viewOf(core) };
  const result = {
    entries,
    ownEntries: other.ownEntryCount,
    differentTurns: comparison.differentTurnCount,
    settings: differences,
    first: comparison.first,
    openings: comparison.openings(),
    facts: comparison.facts(),
    measures: comparison.measures(views),
    effects: other.counts,
    notEvaluable: notEvaluableIn(core, before.core.settings, wanted, other),
  };
  core.dispose();
  before.core.dispose();
  return result;
}

interface RecordedRun {
  readonly recorded: Recorded;
  readonly entries: number;
  /** As it is at the end. */
  readonly core: Core;
}

/** The journal as it was: what it knows, and proof that this program does it again. */
async function recordedRun(
  source: Source,
  options: WhatIfOptions,
  model: WhatIfModel,
): Promise<RecordedRun> {
  const { core, lines } = await openReplay(source, options);
  const recorded = new Recorded(model);
  const { onEntry, until } = options;
  let count = 0;
  const watched = async function* (): AsyncIterable<JournalLine> {
    let input: InputLine | undefined;
    for await (const line of lines) {
      if (isInput(line)) input = line;
      const isEnd = isTurn(line) && input;
      if (isEnd && input) recorded.before(core, input);
      yield line;
      if (!isEnd) continue;
      recorded.after(core, line);
      count += 1;
      onEntry?.(count);
    }
  };
  const fed = await feed(core, watched(), { until });
  if (fed.divergence) throw divergedError(fed.divergence);
  return { recorded, entries: fed.entries, core };
}

async function sideBySide(
  lines: AsyncIterable<JournalLine>,
  run: {
    readonly other: OtherRun;
    readonly comparison: Comparison;
    readonly options: WhatIfOptions;
    readonly from: number;
  },
): Promise<number> {
  const { other, comparison, options, from } = run;
  const until = options.until ?? Number.POSITIVE_INFINITY;
  let input: InputLine | undefined;
  let count = 0;
  for await (const line of lines) {
    if (isInput(line)) input = line;
    if (!isTurn(line) || !input) continue;
    if (input.seq > until) break;
    comparison.noteRecorded(input, line);
    if (!other.take(input, line)) comparison.noteSkipped(input);
    count += 1;
    options.onEntry?.(from + count);
    input = undefined;
  }
  return count;
}

/** A breaker counts closed calls in memory: only what it was told of can be judged anew. */
function notEvaluableIn(
  core: Core,
  recorded: Core['settings'],
  wanted: Core['settings'],
  other: OtherRun,
): NotEvaluable[] {
  const found: NotEvaluable[] = [];
  for (const node of core.nodes()) {
    const { settings } = node.spec as ChildSpec;
    if (machineIdOf(node) !== circuitBreakerMachine.id || settings === undefined) continue;
    if (!isAskedAbout(recorded, wanted, settings)) continue;
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
