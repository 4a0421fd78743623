/** `kintsugi alert`: what a running runtime tells people, and who has taken it on. */
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';
import { ask } from '../remote.ts';

type Row = Readonly<Record<'id' | 'severity' | 'state' | 'text', string>> & {
  readonly acknowledgedBy: string | null;
};

/**
 * @throws {DoorsUnavailableError} when no runtime answers.
 * @throws {DoorsRefusedError} when there is no such alert.
 */
export async function run(
  [action, id = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  if (action === 'list') {
    const rows = (await ask(options, { path: '/api/alerts' })).body as readonly Row[];
    output.result(rows);
    output.text(rows.length === 0 ? 'No alerts.' : columns([heads, ...rows.map(cells)]));
    return EXIT_DONE;
  }
  const path = `/api/alerts/${encodeURIComponent(id)}/acknowledge`;
  const { body } = await ask(options, { path, role: 'operator', body: { by: options.by ?? '' } });
  output.result(body);
  output.text(`Taken on: ${id}.`);
  return EXIT_DONE;
}

const heads = ['id', 'severity', 'state', 'taken on by', 'text'];

const cells = ({ id, severity, state, acknowledgedBy, text }: Row): readonly string[] => [
  ...[id, severity, state, acknowledgedBy ?? '', text],
];
