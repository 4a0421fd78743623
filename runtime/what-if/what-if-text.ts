/** The answer to a what-if, as people read it. */
import type { Json } from '../journal/format.ts';
import type { Pair } from './comparison.ts';
import type { WhatIfResult } from './what-if.ts';

/** Lines of each list that are shown. */
const SHOWN_MAX = 20;
const VALUE_LENGTH_MAX = 160;

export function whatIfText(dir: string, result: WhatIfResult): string {
  const { entries, ownEntries, settings, effects, notEvaluable, differentTurns } = result;
  const changed = settings.map(
    ({ path, recorded, whatIf }) => `  ${path}: ${shown(recorded)} -> ${shown(whatIf)}`,
  );
  const undecided = notEvaluable.map(({ what, why }) => `  ${what}: ${why}`);
  return [
    `Journal '${dir}' under other settings, nothing of the outside was run.`,
    ...section(settings.length > 0 ? 'settings that differ' : 'no setting differs', changed),
    '',
    firstText(result),
    `${entries} recorded entries, ${differentTurns} of them came otherwise; ` +
      `${ownEntries} entries of its own.`,
    ...pairSection('what each run came to', result.measures),
    ...pairSection('openings of breakers', result.openings),
    ...pairSection('facts that differ', result.facts),
    '',
    `effects: ${effects.same} as recorded, ${effects.byRequest} by the same request at another ` +
      `time, ${effects.modelled} modelled, ${effects.unanswered} without an answer`,
    ...section('not evaluable', undecided),
  ].join('\n');
}

function firstText({ first }: WhatIfResult): string {
  if (!first) return 'Nothing comes otherwise.';
  const { at, seq, what, expected, actual } = first;
  const entry = seq === undefined ? 'an entry of its own' : `seq ${seq}`;
  return [
    `First difference: ${new Date(at).toISOString()}, ${entry}, ${what}`,
    `  recorded ${shown(expected)}`,
    `  what-if  ${shown(actual)}`,
  ].join('\n');
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}...` : text;
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0 && title !== 'no setting differs') return [];
  const more = lines.length > SHOWN_MAX ? [`  and ${lines.length - SHOWN_MAX} more`] : [];
  const end = lines.length > 0 ? ':' : '';
  return ['', `${title}${end}`, ...lines.slice(0, SHOWN_MAX), ...more];
}

function pairSection(title: string, pairs: Readonly<Record<string, Pair>>): string[] {
  const rows = Object.entries(pairs);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, { recorded, whatIf }]) => {
    const change = whatIf === recorded ? '' : ` (${signed(whatIf - recorded)})`;
    return `  ${name.padEnd(width)}  ${rounded(recorded)} -> ${rounded(whatIf)}${change}`;
  });
  return section(title, lines);
}

const rounded = (value: number): string => String(Math.round(value * 1e6) / 1e6);

const signed = (value: number): string => (value > 0 ? `+${rounded(value)}` : rounded(value));
