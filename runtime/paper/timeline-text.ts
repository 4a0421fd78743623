/** The timeline of a run as people read it: what holds after each turn that changed something. */
import {
  type Standing,
  standingAfter,
  type Timeline,
  type TimelineKind,
  type TimelineRow,
} from './timeline.ts';

/** Lines of the table; the newest ones. */
const lineCountMax = 40;
const whyLengthMax = 120;

type Line = readonly string[];

const header: Line = [
  'time (UTC)',
  'seq',
  'score',
  'level',
  'safety',
  'trading',
  'opens',
  'forbids',
  'why',
];
const isRight = new Set(['seq', 'score', 'opens', 'forbids']);

/** An aligned table with a title; '' when nothing has changed. */
export function formatTimeline(timeline: Timeline): string {
  const lines = linesOf(timeline);
  if (lines.length === 0) return '';
  const shown = lines.slice(-lineCountMax);
  const widths = header.map((name, i) =>
    Math.max(name.length, ...shown.map((line) => line[i]!.length)),
  );
  const aligned = [header, ...shown].map((line) =>
    line
      .map((cell, i) => {
        if (i === line.length - 1) return cell;
        return isRight.has(header[i]!) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
      })
      .join('  ')
      .trimEnd(),
  );
  const isCut = timeline.leftOutCount > 0 || lines.length > shown.length;
  const newest = isCut ? `, the newest ${shown.length} moments` : '';
  return (
    `timeline: ${summaryOf(timeline)}${newest}\n` +
    `${aligned.map((line) => `  ${line}\n`).join('')}` +
    `${lastingText(timeline)}  kintsugi explain DIR --seq N tells why\n`
  );
}

const nothingAmiss: ReadonlySet<string> = new Set(['normal', 'healthy', 'open']);

/** What still holds at the end and should not, with its begin: it may be older than the table. */
function lastingText({ last }: Timeline): string {
  const names = { level: 'the level', safety: 'the safety state', tradingMode: 'trading' } as const;
  const lines = last
    .filter(({ to }) => !nothingAmiss.has(to))
    .map(
      ({ kind, to, at, seq, why }) =>
        `  at the end ${names[kind]} is ${to}, since ${timeOf(at)} (seq ${seq}): ${why}\n`,
    );
  return lines.join('');
}

const timeOf = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

function summaryOf({ changes }: Timeline): string {
  const words: Readonly<Record<TimelineKind, string>> = {
    score: 'of the score',
    level: 'of the level',
    safety: 'of the safety state',
    tradingMode: 'of the trading mode',
    posture: 'of the posture',
    alert: 'of alerts',
    breaker: 'of breakers',
    failover: 'of failover pairs',
    patch: 'of patches',
  };
  const kinds = Object.keys(words) as TimelineKind[];
  const named = kinds.filter((kind) => changes[kind] !== undefined);
  const parts = named.map((kind) => `${changes[kind]} ${words[kind]}`);
  return `changes ${parts.join(', ')}`;
}

/** One line for each turn that changed more than the score and who was told. */
function linesOf({ before, rows }: Timeline): Line[] {
  let state = before;
  const lines: Line[] = [];
  for (let i = 0; i < rows.length; ) {
    const turn = rows.slice(i).filter(({ seq }) => seq === rows[i]!.seq);
    i += turn.length;
    state = turn.reduce(standingAfter, state);
    if (turn.some(({ kind }) => kind !== 'score' && kind !== 'alert'))
      lines.push(lineOf(turn, state));
  }
  return lines;
}

function lineOf(turn: readonly TimelineRow[], state: Standing): Line {
  const { seq, at } = turn[0]!;
  const { score, level, safety, tradingMode, forbidden, openRatio } = state;
  return [
    timeOf(at),
    String(seq),
    String(score),
    level,
    safety,
    tradingMode,
    openRatio === 0 ? 'none' : `${Math.round(openRatio * 100)} %`,
    String(forbidden.length),
    whyOf(turn),
  ];
}

/** What came first in the turn is the cause of the rest. */
function whyOf(turn: readonly TimelineRow[]): string {
  const causes: readonly TimelineKind[] = [
    ...(['failover', 'tradingMode', 'breaker', 'score', 'level', 'safety'] as const),
  ];
  const rank = ({ kind }: TimelineRow) => (causes.indexOf(kind) + causes.length) % causes.length;
  const row = [...turn].sort((a, b) => rank(a) - rank(b))[0]!;
  const named =
    ['alert', 'breaker', 'failover', 'patch'].includes(row.kind) && 'what' in row
      ? `${row.kind} ${row.what} ${row.to}${row.why && `: ${row.why}`}`
      : row.why;
  return named.length > whyLengthMax ? `${named.slice(0, whyLengthMax - 3)}...` : named;
}
