/**
 * `kintsugi emergency`: stops trading, or releases it, through a runtime's control socket; over
 * HTTP where it is asked for, or where no socket answers.
 */
import { askControl } from '../../control/client.ts';
import { ControlUnavailableError } from '../../control/socket-path.ts';
import { DoorsUnavailableError } from '../../http/client.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io, type Output } from '../output.ts';
import { order } from '../remote.ts';

type Answer = Readonly<Record<string, unknown>>;

/**
 * @throws {ControlUnavailableError} when no runtime runs on the journal.
 * @throws {DoorsUnavailableError} when none answers at the address that was given.
 * @throws {ControlRefusedError | DoorsRefusedError} when it refuses the order.
 */
export async function run(
  [action]: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  if (action === 'reset') {
    const { scope = '' } = options;
    const answer = await asked(options, 'reset', { scope });
    output.result(answer);
    output.text(`Reset of '${scope}': the system is ${String(answer['state'])}.`);
    return EXIT_DONE;
  }
  const answer = await asked(options, 'start', {});
  output.result(answer);
  tell(output, answer);
  return answer['isFlat'] === true ? EXIT_DONE : EXIT_FALSE;
}

/** By the socket, which works without doors; whoever is elsewhere has an address. */
async function asked(
  options: CommandOptions,
  action: 'start' | 'reset',
  more: { readonly scope?: string },
): Promise<Answer> {
  const byHttp = async () =>
    (await order(options, `/api/emergency/${action}`, more)).body as Answer;
  if (options.url !== undefined) return byHttp();
  const { by = '', why = '', journal = './kintsugi-journal' } = options;
  const command = `emergency.${action}` as const;
  try {
    return await askControl(journal, { command, by, why, ...more } as Asked);
  } catch (error) {
    if (!(error instanceof ControlUnavailableError)) throw error;
    return byHttp().catch((other: unknown) => {
      // Neither way: the socket's words say more of what to do.
      throw other instanceof DoorsUnavailableError ? error : other;
    });
  }
}

type Asked = Parameters<typeof askControl>[1];

function tell(output: Output, { text, undone, isAlready, isFlat }: Record<string, unknown>): void {
  const before = isAlready === true ? ' (the emergency had begun before)' : '';
  output.text(`Emergency: ${String(text)}${before}.`);
  for (const { step, why } of undone as readonly { readonly step: string; why: string }[]) {
    output.text(`  not done: ${step}: ${why}`);
  }
  if (isFlat !== true) output.text("'kintsugi emergency start' tries again to close what is left.");
  output.text("Trading begins again with 'kintsugi emergency reset --scope trading'.");
}
