/** The first turn in which a replay did something else than the journal says, in words. */
import { ReplayDivergedError } from '../../actors/errors.ts';
import type { ChangeRow, InputLine, Json, TurnLine } from '../journal/format.ts';

/** One thing that differs. */
export interface Difference {
  /** The actor that differs; '' when it is the turn as a whole. */
  readonly path: string;
  /** What differs, as in `to` or `fields.failureCount`. */
  readonly field: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/** A turn that differs; its own path, field and values are those of the first difference. */
export interface Divergence extends Difference {
  readonly seq: number;
  readonly machine: string | undefined;
  /** Hash of the machine's chart in this program. */
  readonly definition: string | undefined;
  /** Everything that differs in this turn. */
  readonly differences: readonly Difference[];
  /** In words, when the entry cannot mean here what it meant when it was written. */
  readonly problem?: string;
}

/** Differences that the text shows. */
const SHOWN_MAX = 12;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

const parts = ['down', 'dead', 'effects', 'facts', 'timers', 'threw'] as const;

/** Compares two records of one turn; undefined when they agree. */
export function diverges(
  input: InputLine,
  expected: TurnLine,
  actual: TurnLine,
): Omit<Divergence, 'machine' | 'definition'> | undefined {
  if (same(expected, actual)) return undefined;
  const differences = rowDifferences(expected.changed ?? [], actual.changed ?? []);
  for (const field of parts) {
    const [want, got] = [expected[field] as Json, actual[field] as Json];
    if (same(want, got)) continue;
    differences.push({ path: pathIn(want, got), field, expected: want, actual: got });
  }
  if (differences.length === 0) {
    const [want, got] = [expected, actual] as unknown as [Json, Json];
    differences.push({ path: '', field: 'order of the record', expected: want, actual: got });
  }
  return { seq: input.seq, ...differences[0]!, differences };
}

function rowDifferences(
  expected: readonly ChangeRow[],
  actual: readonly ChangeRow[],
): Difference[] {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const [want, got] = [expected[i], actual[i]];
    // From here on the rows do not belong together any more.
    if (!want || !got || want.path !== got.path) {
      const rest = rowsApart(expected.slice(i), actual.slice(i));
      return [...pairs(expected, actual, i), ...rest];
    }
  }
  return pairs(expected, actual, expected.length);
}

/** Differences of the rows that stand side by side. */
const pairs = (expected: readonly ChangeRow[], actual: readonly ChangeRow[], count: number) =>
  expected.slice(0, count).flatMap((want, i) => fieldDifferences(want, actual[i]!));

function fieldDifferences(want: ChangeRow, got: ChangeRow): Difference[] {
  const { path } = want;
  const found: Difference[] = [];
  const add = (field: string, expected: Json | undefined, actual: Json | undefined) => {
    if (!same(expected, actual)) found.push({ path, field, expected, actual });
  };
  add('to', want.to, got.to);
  const names = new Set([...Object.keys(want.fields ?? {}), ...Object.keys(got.fields ?? {})]);
  for (const name of names) add(`fields.${name}`, want.fields?.[name], got.fields?.[name]);
  add('incarnation', want.incarnation, got.incarnation);
  return found;
}

/** Rows that only one side has, and pairs that stand at other places: matched by path, in order. */
function rowsApart(expected: readonly ChangeRow[], actual: readonly ChangeRow[]): Difference[] {
  const found: Difference[] = [];
  const left = [...actual];
  for (const want of expected) {
    const at = left.findIndex(({ path }) => path === want.path);
    const [got] = at < 0 ? [] : left.splice(at, 1);
    if (got) found.push(...fieldDifferences(want, got));
    else found.push({ path: want.path, field: 'changed', expected: json(want), actual: undefined });
  }
  for (const got of left) {
    found.push({ path: got.path, field: 'changed', expected: undefined, actual: json(got) });
  }
  return found;
}

const json = (row: ChangeRow) => row as unknown as Json;

const pathIn = (...values: (Json | undefined)[]): string => {
  for (const value of values) {
    const path = (value as readonly { path?: string }[] | undefined)?.[0]?.path;
    if (typeof path === 'string') return path;
  }
  return '';
};

/** As people read it. */
export function divergenceText(divergence: Divergence): string {
  const { seq, path, field, problem, differences } = divergence;
  const rest = differences.slice(1);
  const lines = [
    `Replay diverges at seq ${seq}: ${whoText(divergence, path)}, ${field}.`,
    ...(problem ? [`  ${problem}`] : []),
    ...valueLines(divergence),
    ...rest
      .slice(0, SHOWN_MAX - 1)
      .flatMap((other) => [
        `  and ${other.path || 'the turn'}, ${other.field}:`,
        ...valueLines(other).map((line) => `  ${line}`),
      ]),
  ];
  const hidden = rest.length - (SHOWN_MAX - 1);
  if (hidden > 0) lines.push(`  and ${hidden} more; --json has them all.`);
  return lines.join('\n');
}

function whoText({ machine, definition }: Divergence, path: string): string {
  if (path === '') return 'the turn';
  if (!machine) return path;
  const hash = definition ? `, definition ${definition.slice(0, 16)}` : '';
  return `${path} (machine '${machine}'${hash})`;
}

function valueLines({ expected, actual, field }: Difference): string[] {
  const nothing =
    field === 'actor' || field === 'timer' || field === 'effect' ? 'none' : 'no change';
  const show = (value: Json | undefined) => (value === undefined ? nothing : JSON.stringify(value));
  return [`  expected ${show(expected)}`, `  got      ${show(actual)}`];
}

export function divergedError(divergence: Divergence): ReplayDivergedError {
  const { seq, path, expected, actual } = divergence;
  return new ReplayDivergedError(divergenceText(divergence), seq, path, expected, actual);
}
