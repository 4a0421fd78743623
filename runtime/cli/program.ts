/**
 * Builds the program: commands, options, help. A command's code is loaded only when it is called.
 */
import { Command, Option } from 'commander';
import type { CommandModule, CommandOptions } from './command.ts';
import { type Definition, definitions } from './definitions.ts';
import { EXIT_DONE, type ExitCode } from './exit-codes.ts';
import type { Io } from './output.ts';

export interface ProgramOptions {
  readonly io: Io;
  readonly version: string;
  /** Brings the code of a command; tests give their own. */
  readonly load?: (file: string) => Promise<CommandModule>;
}

export interface Program {
  /**
   * The whole command line after the program's name. Rejects with Commander's error on wrong usage.
   */
  parse(args: readonly string[]): Promise<ExitCode>;
}

const loadCommand = (file: string): Promise<CommandModule> => import(`./commands/${file}.ts`);

const groups: Readonly<Record<string, string>> = {
  alert: 'what a running runtime tells people',
  breaker: 'the breakers of a running runtime',
  config: 'check, print and explain settings',
  emergency: 'stop trading now, and let it begin again',
  failover: 'which side of a pair is active',
  patch: 'what changes settings by itself, and the say that people have in it',
  recover: 'systems that are coming back',
  'trading-mode': 'whether orders may open',
};

export function buildProgram({ io, version, load = loadCommand }: ProgramOptions): Program {
  let exitCode: ExitCode = EXIT_DONE;
  const root = new Command('kintsugi')
    .description(
      'Keeps an automated trading system alive: supervised, journaled, replayable state charts.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help of a command')
    .addHelpText('after', exitCodesText)
    // `export audit DIR --json`: what stands behind the inner command belongs to it alone.
    .enablePositionalOptions();
  settle(root, io);
  for (const definition of definitions) {
    const words = definition.name.split(' ');
    const command = words
      .slice(0, -1)
      .reduce((parent, word) => groupOf(parent, word, io), root)
      .command(words.at(-1)!);
    settle(describe(command, definition), io);
    command.action(async () => {
      const { run } = await load(words[0]!);
      const args = [...words.slice(1), ...command.args];
      exitCode = await run(args, command.opts<CommandOptions>(), io);
    });
  }
  return {
    async parse(args) {
      exitCode = EXIT_DONE;
      await root.parseAsync([...args], { from: 'user' });
      return exitCode;
    },
  };
}

/** Nothing of Commander may end the process or write by itself. */
function settle(command: Command, io: Io): void {
  command
    .exitOverride()
    .showHelpAfterError(`Try '${fullName(command)} --help'.`)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

const fullName = (command: Command): string =>
  command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;

function groupOf(parent: Command, name: string, io: Io): Command {
  const known = parent.commands.find((command) => command.name() === name);
  if (known) return known;
  const group = parent
    .command(name)
    .description(groups[name] ?? '')
    .helpCommand(false);
  settle(group, io);
  return group;
}

function describe(command: Command, definition: Definition): Command {
  const { summary, details, examples, json = 'one JSON document on standard output' } = definition;
  command
    .helpCommand(false)
    .enablePositionalOptions()
    .summary(summary)
    .description(details === undefined ? summary : `${summary}\n\n${details}`);
  for (const argument of definition.arguments?.() ?? []) command.addArgument(argument);
  for (const option of definition.options?.() ?? []) command.addOption(option);
  command.addOption(new Option('--json', json));
  return command.addHelpText('after', examplesText(examples));
}

function examplesText(examples: Definition['examples']): string {
  const lines = examples.map(([line, does]) => `  $ kintsugi ${line}\n      ${does}`);
  return `\nExamples:\n${lines.join('\n')}`;
}

const exitCodesText = `
Exit codes:
  0  done
  1  the thing asked about is false: diverged, tampered, unhealthy
  2  wrong usage, settings or feed
  3  the journal cannot be opened

Examples:
  $ kintsugi run                     a synthetic market, a bar a second
  $ kintsugi verify ./kintsugi-journal
  $ kintsugi doctor                  does this machine have what it takes?`;
