/** `kintsugi recover`: the recoveries of a running runtime, their times, and orders to them. */
import { DoorsRefusedError } from '../../http/client.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';
import { ask, doneText, order } from '../remote.ts';

interface Part {
  readonly id: string;
  readonly priority: string;
  readonly status: string;
  readonly attemptCount: number;
  readonly recoveryMs: number | null;
  readonly objectiveMs: number;
  readonly isInTime: boolean;
  readonly isDataFresh: boolean | null;
  readonly why: string | null;
}

interface Progress {
  readonly validatedCount: number;
  readonly inTimeCount: number;
  readonly components: readonly Part[];
}

interface Running {
  readonly id: string;
  readonly state: string;
  readonly remainingMs: number;
  readonly report: Progress;
}

type Ended = Progress & { readonly id: string; outcome: string; why: string | null };

interface Recoveries {
  readonly running: readonly Running[];
  readonly ended: readonly Ended[];
}

/**
 * @throws {DoorsUnavailableError} when no runtime answers.
 * @throws {DoorsRefusedError} when it refuses the order.
 */
export async function run(
  [action = '', id = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  if (action !== 'list' && action !== 'show') {
    const answer = await order(options, `/api/recoveries/${encodeURIComponent(id)}/${action}`);
    output.result(answer.body);
    output.text(doneText(`${action} ${id}`, answer));
    return EXIT_DONE;
  }
  const all = (await ask(options, { path: '/api/recoveries' })).body as Recoveries;
  if (action === 'list') {
    output.result(all);
    const rows = [...all.ended.map(endedCells), ...all.running.map(runningCells)];
    output.text(rows.length === 0 ? 'No recoveries.' : columns([heads, ...rows]));
    return EXIT_DONE;
  }
  const running = all.running.find((one) => one.id === id);
  const ended = all.ended.findLast((one) => one.id === id);
  const shown = running ?? ended;
  if (!shown) throw new DoorsRefusedError(`There is no recovery '${id}': see 'recover list'.`);
  output.result(shown);
  const report = running?.report ?? (ended as Ended);
  const [, , ...line] = running ? runningCells(running) : endedCells(ended as Ended);
  output.text(`${id}: ${running?.state ?? ended?.outcome}, ${line.filter(Boolean).join(', ')}`);
  output.text(columns([partHeads, ...report.components.map(partCells)]));
  return running || isFine(ended as Ended) ? EXIT_DONE : EXIT_FALSE;
}

/** It is back, and whatever is there came in time. */
const isFine = ({ outcome, validatedCount, inTimeCount }: Ended): boolean =>
  outcome !== 'failed' && inTimeCount === validatedCount;

const heads = ['recovery', 'state', 'there', 'in time', 'why'];

const countCells = ({ validatedCount, inTimeCount, components }: Progress) => [
  `${validatedCount} of ${components.length} there`,
  `${inTimeCount} in time`,
];

const runningCells = ({ id, state, report, remainingMs }: Running): readonly string[] => [
  ...[id, state, ...countCells(report), `${remainingMs} ms left`],
];

const endedCells = (one: Ended): readonly string[] => [
  ...[one.id, one.outcome, ...countCells(one), one.why ?? ''],
];

const partHeads = ['component', 'priority', 'status', 'attempts', 'took ms', 'objective ms', 'why'];

const partCells = (part: Part): readonly string[] => [
  ...[part.id, part.priority, part.status, `${part.attemptCount}`],
  part.recoveryMs === null ? '-' : `${part.recoveryMs}${part.isInTime ? '' : ' (late)'}`,
  ...[`${part.objectiveMs}`, part.isDataFresh === false ? 'its data is too old' : (part.why ?? '')],
];
