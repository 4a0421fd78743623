/** An explanation of one entry, as people read it: the decision first, details behind it. */
import type { Json } from '../journal/format.ts';
import { divergenceText } from '../replay/divergence.ts';
import type { ChangeView, EffectView, EntryView, Explanation, TimerView } from './explanation.ts';
import { happenedLines, judgementLines } from './happening-text.ts';
import { moveText, stateText, textOf } from './values.ts';

/** Later entries that the text shows; `--json` has more. */
const LATER_SHOWN_MAX = 10;
const CAUSES_SHOWN_MAX = 10;

export function explanationText(explanation: Explanation): string {
  const { entry, divergence, happened } = explanation;
  const warning = divergence
    ? [divergenceText(divergence), 'What follows is what this program does, not what was.', '']
    : [];
  const decisions = happened.flatMap((happening) =>
    happening.kind === 'fact' && happening.judgement
      ? judgementLines(happening.judgement).map((line, index) =>
          index === 0 ? `${happening.actor} ${line}` : `  ${line}`,
        )
      : [],
  );
  return [
    ...warning,
    `seq ${entry.seq}  ${entry.time}  ${entry.what}`,
    ...section('Decided', decisions),
    ...section('Why it came', causeLines(explanation)),
    ...section('What happened', happenedLines(explanation)),
    ...section('What changed', explanation.changed.flatMap(changeLines)),
    ...section('Who went down', downLines(explanation)),
    ...section('Effects asked for', explanation.effects.map(effectText)),
    ...section('Timers', timerLines(explanation)),
    ...section(`What followed${laterCount(explanation)}`, laterLines(explanation)),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];

const entryText = ({ seq, time, what }: EntryView, width: number): string =>
  `${String(seq).padStart(width)}  ${time}  ${what}`;

function causeLines({ entry, causes, causesLeftOut }: Explanation): string[] {
  const width = String(entry.seq).length;
  const origin = causes.at(-1) ?? entry;
  const near = causes.slice(0, CAUSES_SHOWN_MAX).map((cause) => entryText(cause, width));
  const hidden = causesLeftOut + causes.length - near.length - 1;
  // The one that began it is always told.
  const lines =
    hidden < 0
      ? near
      : [...near, ...(hidden > 0 ? [`and ${hidden} between`] : []), entryText(origin, width)];
  return [
    ...lines,
    origin === entry ? 'it came from outside' : `seq ${origin.seq} came from outside`,
  ];
}

function changeLines(change: ChangeView): string[] {
  const { path, machine, from, to, incarnation } = change;
  const fields = change.fields.flatMap(opened);
  const start = incarnation === undefined ? '' : `, start ${incarnation + 1}`;
  const state = to === undefined ? '' : `: ${from === undefined ? 'new, ' : ''}${move(from, to)}`;
  const head = `${path} (${machine ?? 'actor'}${start})${state}`;
  if (from === undefined && to !== undefined) return [head, ...newFields(change.fields)];
  const width = Math.max(0, ...fields.map(({ name }) => name.length));
  return [
    head,
    ...fields.map(({ name, before, after }) => {
      const was = before === undefined ? '' : `${textOf(before, 60)} -> `;
      return `  ${name.padEnd(width)}  ${was}${textOf(after, 60)}`;
    }),
  ];
}

type Field = ChangeView['fields'][number];

/** Of an object that was one before, only the keys that differ. */
function opened(field: Field): readonly Field[] {
  const { name, before, after } = field;
  if (!isObject(before) || !isObject(after)) return [field];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => {
      const [was, is] = [before[key], after[key]];
      const values = { ...(was === undefined ? {} : { before: was }) };
      return { name: `${name}.${key}`, ...values, ...(is === undefined ? {} : { after: is }) };
    });
}

const isObject = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Of one that has just started, nothing was before. */
function newFields(fields: ChangeView['fields']): string[] {
  const all = Object.fromEntries(fields.map(({ name, after }) => [name, after ?? null]));
  return fields.length > 0 ? [`  ${textOf(all, 180)}`] : [];
}

const move = (from: ChangeView['from'], to: ChangeView['to']): string =>
  from === undefined ? stateText(to) : moveText(from, to);

function downLines({ record: { down = [], dead = [], threw } }: Explanation): string[] {
  return [
    ...down.map(({ path, why }) => `${path}: ${why}`),
    ...dead.map(({ path, type, why }) => `dead letter for ${path}: ${type} (${why})`),
    ...Object.entries(threw ?? {}).map(
      ([ordinal, error]) => `function action ${Number(ordinal) + 1} threw ${textOf(error)}`,
    ),
  ];
}

function effectText({ id, port, request, path, outcomes }: EffectView): string {
  const asked = request === undefined ? '' : ` ${textOf(request)}`;
  const by = path === undefined ? '' : ` by ${path}`;
  const end = path === undefined ? 'ended in the same turn' : 'no outcome in this journal';
  const seqs = outcomes.map((seq) => `seq ${seq}`);
  return `${id} ${port}${asked}${by}: ${seqs.length > 0 ? seqs.join(', ') : end}`;
}

function timerLines({ timersSet, timersCancelled, record, lastSeq }: Explanation): string[] {
  const who = ({ path, to }: TimerView) => (path === to ? path : `${path} for ${to}`);
  return [
    ...timersSet.map((timer) => {
      const { due, firedBy } = timer;
      const end =
        firedBy === undefined ? `not fired up to seq ${lastSeq}` : `fired: seq ${firedBy}`;
      return `set by ${who(timer)}: ${timer.what}, due ${due}, ${end}`;
    }),
    ...timersCancelled.map(
      (timer) => `cancelled: ${timer.what} of ${who(timer)}, due ${timer.due}`,
    ),
    ...(record.timers ?? []).map(
      ({ path, id, policy, deadlineMs }) =>
        `${policy}: ${id} of ${path}${deadlineMs === undefined ? '' : `, due ${deadlineMs}`}`,
    ),
  ];
}

const laterCount = ({ later, laterCut }: Explanation): string =>
  later.length === 0 ? '' : ` (${laterCut ? 'more than ' : ''}${later.length})`;

function laterLines({ later, laterCut }: Explanation): string[] {
  const width = String(later.at(-1)?.seq ?? '').length;
  const shown = later.slice(0, LATER_SHOWN_MAX);
  const hidden = later.length - shown.length;
  const lines = shown.map((entry) => `${entryText(entry, width)}  (from ${entry.cause})`);
  const rest = laterCut ? `${hidden} or more` : `${hidden}`;
  return hidden > 0
    ? [...lines, `and ${rest} others; --json has the first ${later.length}`]
    : lines;
}
