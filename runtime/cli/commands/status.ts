/** `kintsugi status`: where a running runtime stands. */
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';
import { ask } from '../remote.ts';

interface Readiness {
  readonly status: string;
  readonly why: readonly string[];
}

/** @throws {DoorsUnavailableError} when no runtime answers. */
export async function run(
  _: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const { body } = await ask(options, { path: '/api/health/status' });
  const ready = (await ask(options, { path: '/api/health/ready' })).body as Readiness;
  output.result({ ...(body as object), ready });
  const rows = Object.entries(body as object).map(([name, value]) => [name, String(value)]);
  output.text(columns([...rows, ['ready', ready.why.join('; ') || ready.status]]));
  return ready.status === 'ready' ? EXIT_DONE : EXIT_FALSE;
}
