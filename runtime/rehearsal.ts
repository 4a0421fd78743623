/**
 * What a re-run of the recent past under a patch says of it: worse, no worse, or nothing.
 *
 *     runtime.secr.rehearseWith(journalRehearsal('./journal', { tree, model: paperModel }));
 */
import type { Rehearsal } from '../machines/patch-types.ts';
import type { SettingChange } from '../machines/policies/resolver-matrix.ts';
import type { Rehearse } from './patch-port.ts';
import { parsePointer } from './settings/pointer.ts';
import { type WhatIfOptions, whatIf } from './what-if/what-if.ts';

/** One number of both runs. */
interface Pair {
  readonly recorded: number;
  readonly whatIf: number;
}

/** What is compared, as `whatIf` returns it. */
export interface ComparedRuns {
  readonly entries: number;
  /** Turns that came otherwise. */
  readonly differentTurns: number;
  /** How often breakers opened, by path. */
  readonly openings: Readonly<Record<string, Pair>>;
  /** Facts whose counts differ, by type. */
  readonly facts: Readonly<Record<string, Pair>>;
  /** Numbers of the host by name: what ends in `equity` ought to be high, others low. */
  readonly measures: Readonly<Record<string, Pair>>;
  readonly notEvaluable: readonly { readonly what: string; readonly why: string }[];
}

/** Facts of which fewer are better. */
const harms = ['order.refused', 'order.rejected', 'alert.raised', 'feed.stale'];

/** A change below this share of the larger amount is rounding. */
const tolerance = 1e-9;

const isHigher = (more: number, less: number): boolean =>
  more - less > tolerance * Math.max(Math.abs(more), Math.abs(less), 1);

function worseWords({ openings, facts, measures }: ComparedRuns): readonly string[] {
  const harmful = Object.entries(facts).filter(([type]) => harms.includes(type));
  const low = [
    ...Object.entries(openings).map(([path, pair]) => [`openings of ${path}`, pair] as const),
    ...harmful,
    ...Object.entries(measures).filter(([name]) => /drawdown|halted|refused/i.test(name)),
  ];
  const high = Object.entries(measures).filter(([name]) => /equity$/i.test(name));
  const words = (name: string, { recorded, whatIf }: Pair) => `${name} ${whatIf}, was ${recorded}`;
  return [
    ...low.filter(([, { recorded, whatIf }]) => isHigher(whatIf, recorded)),
    ...high.filter(([, { recorded, whatIf }]) => isHigher(recorded, whatIf)),
  ].map(([name, pair]) => words(name, pair));
}

/**
 * Worse is: more openings of breakers, refused orders, alerts, drawdown or halts, or less equity.
 * Where nothing came otherwise and something could not be decided, nothing can be said.
 */
export function rehearsalOf(runs: ComparedRuns): Rehearsal {
  const worse = worseWords(runs);
  if (worse.length > 0) return { kind: 'evaluated', isWorse: true, text: worse.join('; ') };
  const [unknown] = runs.notEvaluable;
  if (runs.differentTurns === 0 && unknown) {
    return { kind: 'notEvaluable', text: `${unknown.what}: ${unknown.why}` };
  }
  const text = `${runs.differentTurns} of ${runs.entries} turns came otherwise, none of it worse`;
  return { kind: 'evaluated', isWorse: false, text };
}

/** The settings that a patch makes, as one writes them into a file. */
export function settingsOf(operations: readonly SettingChange[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const { path, value } of operations) {
    const steps = parsePointer(path);
    let here = settings;
    for (const step of steps.slice(0, -1)) {
      if (!Object.hasOwn(here, step)) here[step] = {};
      here = here[step] as Record<string, unknown>;
    }
    here[steps.at(-1)!] = value;
  }
  return settings;
}

/**
 * Rehearses patches on a journal: all of it is run again under each patch, in this process, so that
 * it suits journals of some ten thousand entries. What cannot be run again says nothing.
 *
 * @param source folder of the journal, or its log.
 */
export function journalRehearsal(
  source: Parameters<typeof whatIf>[0],
  options: Omit<WhatIfOptions, 'settings'> = {},
): Rehearse {
  return async ({ operations }) => {
    try {
      return rehearsalOf(await whatIf(source, { ...options, settings: settingsOf(operations) }));
    } catch (error) {
      return { kind: 'notEvaluable', text: error instanceof Error ? error.message : String(error) };
    }
  };
}
