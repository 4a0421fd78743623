/** The report of a run as people read it. */
import type { PatchRow } from './patch-tally.ts';
import type { RunReport } from './report.ts';
import { formatTimeline } from './timeline-text.ts';

type Row = readonly [name: string, value: string];

/** Aligned lines with units. The same report gives the same text on any machine. */
export function formatReport(report: RunReport): string {
  const { equity, orders } = report;
  const change = equity.end / equity.start - 1;
  const transitions = Object.values(report.transitions).reduce((sum, each) => sum + each, 0);
  const rows: Row[] = [
    ['bars', `${count(report.bars)} (${many(report.barsSkipped, 'bad line')} skipped)`],
    ...badLines(report),
    ['time', report.from === null ? 'none' : `${report.from} to ${report.to}`],
    ['journal', `${many(report.entries, 'entry', 'entries')}, ${many(report.turns, 'turn')}`],
    ['digest', report.digest],
    ['transitions', `${count(transitions)}${perMachine(report.transitions)}`],
    ...Object.entries(report.breakers).map(
      ([name, b]): Row => [
        `breaker ${name}`,
        `${many(b.trips, 'trip')}, ${many(b.reopenings, 'reopening')}, ` +
          `${many(b.rejected, 'call')} rejected, ${many(b.probes, 'probe')}, ` +
          `${many(b.recoveries, 'recovery', 'recoveries')}`,
      ],
    ),
    ...startRows(report.start),
    ...pairRows(report.failover),
    ['supervision', many(report.restarts, 'restart')],
    ['patches', count(report.patches)],
    ...patchRows(report.secr),
    ['alerts', count(report.alerts)],
    [
      'orders',
      `${count(orders.sent)} sent, ${count(orders.filled)} filled ` +
        `(${count(orders.filledInPart)} in part), ${count(orders.refused)} refused, ` +
        `${count(orders.rejected)} rejected, ${count(orders.failed)} failed, ` +
        `${count(orders.unknown)} unknown at first`,
    ],
    ['equity', `${money(equity.start)} to ${money(equity.end)} (${signed(change)})`],
    ['fees', money(report.feesPaid)],
    ['position', `${report.position}`],
    ['drawdown', `${percent(report.drawdownRatioMax)} at most`],
    ['halted', duration(report.haltedMs)],
    ...analysisRows(report.analysis),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
  const timeline = formatTimeline(report.timeline);
  return timeline === '' ? lines : `${lines}\n${timeline}`;
}

function startRows(start: RunReport['start']): Row[] {
  if (!start) return [];
  const { components, outcome, order, tookMs } = start;
  const there = components.filter(({ recoveryMs }) => recoveryMs !== null);
  const late = there.filter(({ isInTime }) => !isInTime);
  const ages = components.flatMap(({ dataAgeMs }) => dataAgeMs ?? []);
  const missing = components.filter(({ recoveryMs }) => recoveryMs === null);
  return [
    [
      'start',
      `${outcome} in ${duration(tookMs)}: ${there.length} of ${components.length} components, ` +
        `${count(late.length)} later than their objective` +
        (ages.length > 0 ? `, newest bar ${duration(Math.max(...ages))} old` : ''),
    ],
    ['', order.join(', ')],
    ...missing.map(({ id, why }): Row => ['', `${id} is not there: ${why ?? 'no reason given'}`]),
  ];
}

function pairRows(pairs: RunReport['failover']): Row[] {
  return Object.entries(pairs).map(([name, { active, epoch, switches, failed, suspensions }]) => [
    `failover ${name}`,
    `${active ?? 'nobody'} active under epoch ${epoch}, ${many(switches, 'switch', 'switches')}, ` +
      `${count(failed)} failed, ${many(suspensions, 'suspension')}`,
  ]);
}

/** The newest patches are named: a run must not change settings without saying so. */
function patchRows({ failureCount, rows, ...counts }: RunReport['secr']): Row[] {
  if (failureCount + counts.proposedCount === 0) return [];
  const { proposedCount, keptCount, rolledBackCount, rejectedCount } = counts;
  const verdicts =
    `${many(failureCount, 'failure')} told, ${many(proposedCount, 'patch', 'patches')} proposed, ` +
    `${count(keptCount)} kept, ${count(rolledBackCount)} rolled back, ` +
    `${count(rejectedCount)} rejected`;
  return [['SECR', verdicts], ...rows.slice(-8).map((row): Row => ['', patchText(row)])];
}

function patchText({ id, resolver, failureKey, operations, from, verdict, seq }: PatchRow): string {
  const changes = operations.map(({ path, value }) => `${path} ${from[path]} -> ${value}`);
  const words = { kept: 'kept', rolledBack: 'rolled back', rejected: 'rejected' };
  const end = verdict === null ? 'under way' : words[verdict];
  const to = failureKey === null ? '' : ` answers ${failureKey},`;
  return `${id} ${resolver}${to} ${changes.join(', ')}: ${end} (seq ${seq})`;
}

function analysisRows({ done, failed, late, skipped, last }: RunReport['analysis']): Row[] {
  if (done + failed + late + skipped === 0) return [];
  const counts =
    `${many(done, 'analysis', 'analyses')}, ${count(failed)} failed, ` +
    `${count(late)} late, ${count(skipped)} skipped`;
  if (!last) return [['market', counts]];
  const entropy = `entropy ${last.entropy.toFixed(3)}`;
  const leading = `leading eigenvalue ${percent(last.leadingShare)}`;
  return [
    ['market', counts],
    ['', `${entropy}, ${leading} at ${last.at}`],
  ];
}

function badLines({ badLines: lines, barsSkipped }: RunReport): Row[] {
  const rows = lines.slice(0, 5).map(({ line, reason }): Row => ['', `line ${line}: ${reason}`]);
  const more = barsSkipped - rows.length;
  return rows.length > 0 && more > 0 ? [...rows, ['', `and ${count(more)} more`]] : rows;
}

function perMachine(transitions: RunReport['transitions']): string {
  const parts = Object.entries(transitions)
    .filter(([, each]) => each > 0)
    .map(([machine, each]) => `${machine} ${count(each)}`);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

/** 1234567 is `1,234,567`: not by the computer's language, so that texts can be compared. */
function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

const many = (value: number, one: string, more = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : more}`;

function money(value: number): string {
  const [whole, cents] = Math.abs(value).toFixed(2).split('.');
  return `${value < 0 ? '-' : ''}${count(Number(whole))}.${cents}`;
}

const percent = (ratio: number) => `${(ratio * 100).toFixed(2)} %`;
const signed = (ratio: number) => `${ratio < 0 ? '' : '+'}${percent(ratio)}`;

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: 93,784,000 ms is `1 d 2 h`. */
function duration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  let rest = ms;
  const parts: string[] = [];
  for (const [name, unitMs] of units) {
    const whole = Math.floor(rest / unitMs);
    rest -= whole * unitMs;
    if (whole > 0) parts.push(`${whole} ${name}`);
  }
  return parts.slice(0, 2).join(' ');
}
