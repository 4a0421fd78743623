/** `kintsugi emergency`: stops trading, or releases it, through a runtime's control socket. */
import { askControl } from '../../control/client.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io, type Output } from '../output.ts';

/**
 * @throws {ControlUnavailableError} when no runtime runs on the journal.
 * @throws {ControlRefusedError} when it refuses the order.
 */
export async function run(
  [action]: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const { by = '', why = '', scope = '', journal = './kintsugi-journal' } = options;
  const output = createOutput(io, options);
  if (action === 'reset') {
    const answer = await askControl(journal, { command: 'emergency.reset', scope, by, why });
    output.result(answer);
    output.text(`Reset of '${scope}': the system is ${String(answer.state)}.`);
    return EXIT_DONE;
  }
  const answer = await askControl(journal, { command: 'emergency.start', by, why });
  output.result(answer);
  tell(output, answer);
  return answer.isFlat === true ? EXIT_DONE : EXIT_FALSE;
}

function tell(output: Output, { text, undone, isAlready, isFlat }: Record<string, unknown>): void {
  const before = isAlready === true ? ' (the emergency had begun before)' : '';
  output.text(`Emergency: ${String(text)}${before}.`);
  for (const { step, why } of undone as readonly { readonly step: string; why: string }[]) {
    output.text(`  not done: ${step}: ${why}`);
  }
  if (isFlat !== true) output.text("'kintsugi emergency start' tries again to close what is left.");
  output.text("Trading begins again with 'kintsugi emergency reset --scope trading'.");
}
