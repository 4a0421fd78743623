/** `kintsugi breaker`: the breakers of a running runtime, and orders to them. */
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';
import { ask, doneText, order } from '../remote.ts';

interface Row {
  readonly path: string;
  readonly state: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * @throws {DoorsUnavailableError} when no runtime answers.
 * @throws {DoorsRefusedError} when it refuses the order.
 */
export async function run(
  [action = '', path = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  if (action === 'list') {
    const rows = (await ask(options, { path: '/api/breakers' })).body as readonly Row[];
    output.result(rows);
    output.text(columns([heads, ...rows.map(cells)]));
    return EXIT_DONE;
  }
  const name = action === 'metrics-only' ? 'metricsOnly' : action;
  const answer = await order(options, `/api/breaker/${name}/${pathPart(path)}`);
  output.result(answer.body);
  output.text(doneText(`${action} ${path}`, answer));
  return EXIT_DONE;
}

const heads = ['breaker', 'state', 'calls', 'failed', 'rejected', 'opened'];

const cells = ({ path, state, metrics }: Row): readonly string[] => {
  const { callCount, failureCount, rejectionCount, openedCount } = metrics;
  return [path, state, ...[callCount, failureCount, rejectionCount, openedCount].map(String)];
};

/** As it stands in an address, without the slash in front. */
const pathPart = (path: string): string =>
  path.replace(/^\//, '').split('/').map(encodeURIComponent).join('/');
