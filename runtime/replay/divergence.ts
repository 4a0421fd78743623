/** The first place where a replay did something else than the journal says, in words. */
import { ReplayDivergedError } from '../../actors/errors.ts';
import type { ChangeRow, InputLine, Json, TurnLine } from '../journal/format.ts';

export interface Divergence {
  readonly seq: number;
  /** The actor that differs; '' when it is the turn as a whole. */
  readonly path: string;
  readonly machine: string | undefined;
  /** Hash of the machine's chart in this program. */
  readonly definition: string | undefined;
  /** What differs, as in `to` or `fields.failureCount`. */
  readonly field: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Compares two records of one turn; undefined when they agree. */
export function diverges(
  input: InputLine,
  expected: TurnLine,
  actual: TurnLine,
): Omit<Divergence, 'machine' | 'definition'> | undefined {
  if (same(expected, actual)) return undefined;
  const { seq } = input;
  const rows = firstRow(expected.changed ?? [], actual.changed ?? []);
  if (rows) return { seq, ...rows };
  for (const field of ['down', 'dead', 'effects', 'facts', 'timers', 'threw'] as const) {
    const [want, got] = [expected[field] as Json, actual[field] as Json];
    if (!same(want, got))
      return { seq, path: pathIn(want, got), field, expected: want, actual: got };
  }
  return {
    seq,
    path: '',
    field: 'order of the record',
    expected: expected as unknown as Json,
    actual: actual as unknown as Json,
  };
}

type RowDifference = Pick<Divergence, 'path' | 'field' | 'expected' | 'actual'>;

function firstRow(
  expected: readonly ChangeRow[],
  actual: readonly ChangeRow[],
): RowDifference | undefined {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const want = expected[i];
    const got = actual[i];
    if (same(want, got)) continue;
    if (!want || !got || want.path !== got.path) {
      const path = (want ?? got)!.path;
      return { path, field: 'changed', expected: rowJson(want), actual: rowJson(got) };
    }
    return { path: want.path, ...fieldOf(want, got) };
  }
  return undefined;
}

const rowJson = (row: ChangeRow | undefined) => row as unknown as Json | undefined;

function fieldOf(want: ChangeRow, got: ChangeRow): Omit<RowDifference, 'path'> {
  if (!same(want.to, got.to)) return { field: 'to', expected: want.to, actual: got.to };
  const names = new Set([...Object.keys(want.fields ?? {}), ...Object.keys(got.fields ?? {})]);
  for (const name of names) {
    const [expected, actual] = [want.fields?.[name], got.fields?.[name]];
    if (!same(expected, actual)) return { field: `fields.${name}`, expected, actual };
  }
  return { field: 'incarnation', expected: want.incarnation, actual: got.incarnation };
}

const pathIn = (...values: (Json | undefined)[]): string => {
  for (const value of values) {
    const path = (value as readonly { path?: string }[] | undefined)?.[0]?.path;
    if (typeof path === 'string') return path;
  }
  return '';
};

/** As people read it. */
export function divergenceText(divergence: Divergence): string {
  const { seq, path, machine, field } = divergence;
  const who = path === '' ? 'the turn' : `${path}${machine ? ` (machine '${machine}')` : ''}`;
  const show = (value: Json | undefined) =>
    value === undefined ? 'no change' : JSON.stringify(value);
  return [
    `Replay diverges at seq ${seq}: ${who}, ${field}.`,
    `  expected ${show(divergence.expected)}`,
    `  got      ${show(divergence.actual)}`,
  ].join('\n');
}

export function divergedError(divergence: Divergence): ReplayDivergedError {
  const { seq, path, expected, actual } = divergence;
  return new ReplayDivergedError(divergenceText(divergence), seq, path, expected, actual);
}
