/** `kintsugi failover`: the pairs of a running runtime, and orders to them. */
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';
import { ask, order } from '../remote.ts';

interface Row {
  readonly name: string;
  readonly state: string;
  readonly active: string | null;
  readonly isActive: boolean;
  readonly epoch: number;
  readonly lagMs?: number | null;
  readonly policy: string;
  readonly suspension: { readonly by: string | null; readonly why: string } | null;
  readonly refusal: string | null;
}

/**
 * @throws {DoorsUnavailableError} when no runtime answers.
 * @throws {DoorsRefusedError} when the pair does not follow.
 */
export async function run(
  [action = '', name = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const rows = async () => (await ask(options, { path: '/api/failover' })).body as readonly Row[];
  if (action === 'list') {
    const all = await rows();
    output.result(all);
    output.text(all.length === 0 ? 'No failover pairs.' : columns([heads, ...all.map(cells)]));
    return EXIT_DONE;
  }
  const { to = 'primary', allowStale = false } = options;
  const more = action === 'switch' || action === 'back' ? { to, allowStale } : undefined;
  const what = more ? 'switch' : action;
  const { body } = await order(options, `/api/failover/${encodeURIComponent(name)}/${what}`, more);
  // Where it has come to by now: a switch takes its time.
  const pair = (await rows()).find((row) => row.name === name);
  output.result({ ...(body as object), pair });
  output.text(pair ? `${columns([heads, cells(pair)])}` : `Done: ${action} ${name}.`);
  return EXIT_DONE;
}

const heads = ['pair', 'state', 'active', 'here', 'epoch', 'copy', 'policy', 'why'];

const cells = (row: Row): readonly string[] => [
  ...[row.name, row.state, row.active ?? 'nobody', row.isActive ? 'yes' : 'no', `${row.epoch}`],
  ...[copyText(row.lagMs), row.policy, whyText(row)],
];

const copyText = (lagMs: number | null | undefined): string => {
  if (lagMs === undefined) return '-';
  return lagMs === null ? 'none yet' : `${lagMs} ms old`;
};

function whyText({ suspension, refusal }: Row): string {
  if (suspension) return `suspended by ${suspension.by ?? 'itself'}: ${suspension.why}`;
  return refusal ?? '';
}
