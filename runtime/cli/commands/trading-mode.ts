/** `kintsugi trading-mode`: whether orders may open, by order of a person. */
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io } from '../output.ts';
import { ask, order } from '../remote.ts';

/**
 * @throws {DoorsUnavailableError} when no runtime answers.
 * @throws {DoorsRefusedError} when it refuses the order.
 */
export async function run(
  [action = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const name = action === 'reduce-only' ? 'reduceOnly' : action;
  const scope = options.scope === undefined ? {} : { scope: options.scope };
  const { body } = await order(options, `/api/trading-mode/${name}`, scope);
  const status = (await ask(options, { path: '/api/health/status' })).body;
  const { tradingMode } = status as { readonly tradingMode: string };
  output.result({ ...(body as object), tradingMode });
  output.text(`Trading is ${tradingMode} now.`);
  return EXIT_DONE;
}
