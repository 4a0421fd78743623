/** `kintsugi config check | print | docs`. */
import { ConfigInvalidError } from '../../../actors/errors.ts';
import { describeSettings, settingsTable } from '../../settings/describe.ts';
import { loadSettings } from '../../settings/load.ts';
import { printSettings } from '../../settings/print.ts';
import { redact } from '../../settings/redact.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, EXIT_USAGE, type ExitCode } from '../exit-codes.ts';
import { createOutput, type Io, type Output } from '../output.ts';

export async function run(
  [what, file = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  if (what === 'check') return check(file, output);
  if (what === 'print') return print(options, io, output);
  const rows = describeSettings();
  output.result(rows);
  if (!options.json) {
    output.text(options.format === 'json' ? JSON.stringify(rows, null, 2) : settingsTable(rows));
  }
  return EXIT_DONE;
}

/** The file alone: the environment of whoever checks is another than that of the runtime. */
async function check(file: string, output: Output): Promise<ExitCode> {
  try {
    await loadSettings({ file, environment: {} });
  } catch (error) {
    if (!(error instanceof ConfigInvalidError)) throw error;
    output.result({ ok: false, file, issues: error.issues });
    output.text(
      error.issues
        .map(({ source, line, path, message }) => {
          const where = [source, line].filter((part) => part !== undefined).join(':');
          return `${where}: ${path === '' ? '' : `${path} `}${message}`;
        })
        .join('\n'),
    );
    const { length } = error.issues;
    output.note(`${length} ${length === 1 ? 'problem' : 'problems'} in ${file}.`);
    return EXIT_USAGE;
  }
  output.result({ ok: true, file, issues: [] });
  output.text(`${file}: every setting is allowed.`);
  return EXIT_DONE;
}

async function print(options: CommandOptions, io: Io, output: Output): Promise<ExitCode> {
  const { settings, sources } = await loadSettings({
    file: options.config,
    environment: io.environment,
  });
  const shown = redact(settings);
  output.result({ settings: shown, sources: Object.fromEntries(sources) });
  if (!options.json) output.text(printSettings(shown, { sources }));
  return EXIT_DONE;
}
