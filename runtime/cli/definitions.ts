/** The commands as people see them: names, options, examples. What they do is in `commands/`. */
import { Argument, Option } from 'commander';
import { speed, wholeNumber } from './numbers.ts';

export interface Definition {
  /** As in `config check`. */
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly arguments?: () => readonly Argument[];
  readonly options?: () => readonly Option[];
  /** Command line without the program's name, and what it does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
}

const seqMax = Number.MAX_SAFE_INTEGER;

const option = (flags: string, description: string): Option => new Option(flags, description);

const config = (): Option =>
  option(
    '--config <file>',
    'settings, YAML or JSON; KINTSUGI_A__B=value in the environment wins over it',
  );

const directory = (): readonly Argument[] => [new Argument('<dir>', 'folder of the journal')];

export const definitions: readonly Definition[] = [
  {
    name: 'run',
    summary: 'run the runtime over a paper-trading host',
    details:
      'Continues the journal when there is one: the feed goes on after the last bar taken.\n' +
      'Ends with a report when the feed has ended or at Ctrl-C.',
    options: () => [
      config(),
      option(
        '--feed <file>',
        'bars as CSV, - for standard input; without it a seeded synthetic market',
      ),
      option('--speed <n>', "times market time, or 'max'").default(60).argParser(speed),
      option('--journal <dir>', 'folder of the journal').default('./kintsugi-journal'),
      option('--seed <n>', 'seed of all randomness').argParser(wholeNumber(0, 2 ** 32 - 1)),
      option(
        '--until-feed-ends',
        'stop when the feed has ended; so it is without a terminal in any case',
      ),
    ],
    examples: [
      ['run', 'a synthetic market, a bar a second, until Ctrl-C'],
      [
        'run --feed bars.csv --speed max --until-feed-ends --json',
        'a recorded market, report as JSON',
      ],
      ['run --config kintsugi.yaml --seed 7', 'your settings, the same market each time'],
    ],
  },
  {
    name: 'verify',
    summary: 'check that a journal is whole and unchanged',
    details:
      'Without --public-key the keys in the folder are believed: whoever can write there can\n' +
      'replace them. A folder that was put back as a whole shows only with --head.',
    arguments: directory,
    options: () => [
      option(
        '--public-key <file...>',
        'public keys (PEM) that you kept: all must be signed by them',
      ),
      option('--head <seq:hash>', 'last seq and hash that an earlier verify has told'),
    ],
    examples: [
      ['verify ./kintsugi-journal', 'exit code 1 when it is damaged or was changed'],
      ['verify ./kintsugi-journal --public-key kept.pem', 'the same against a key of your own'],
    ],
  },
  {
    name: 'replay',
    summary: 'replay a journal without effects and compare every turn',
    arguments: directory,
    options: () => [
      option('--until <seq>', 'last entry').argParser(wholeNumber(1, seqMax)),
      option('--from <seq>', 'first entry to compare').argParser(wholeNumber(1, seqMax)),
      option('--allow-changed', 'replay although charts changed since'),
    ],
    examples: [
      ['replay ./kintsugi-journal', 'exit code 1 and the first difference when it diverges'],
      [
        'replay ./kintsugi-journal --until 1200 --json',
        'entries, turns, digest, divergence as JSON',
      ],
    ],
  },
  {
    name: 'tree',
    summary: 'show the tree of actors at the end of a journal',
    arguments: directory,
    options: () => [
      option('--until <seq>', 'at this entry instead').argParser(wholeNumber(1, seqMax)),
    ],
    examples: [['tree ./kintsugi-journal', 'every actor with its state and restarts']],
  },
  {
    name: 'machines',
    summary: 'show the state charts',
    arguments: () => [new Argument('[name]', 'one chart, as circuitBreaker; all without it')],
    options: () => [
      option('--format <format>', 'how').choices(['table', 'mermaid', 'json']).default('table'),
    ],
    examples: [
      ['machines', 'which charts there are'],
      ['machines circuitBreaker', 'its states and transitions'],
      ['machines circuitBreaker --format mermaid', 'a diagram for a Markdown page'],
    ],
  },
  {
    name: 'config check',
    summary: 'check a file of settings and name every problem',
    arguments: () => [new Argument('<file>', 'YAML or JSON')],
    examples: [['config check kintsugi.yaml', 'exit code 2 when something is wrong']],
  },
  {
    name: 'config print',
    summary: 'print the effective settings and where each comes from',
    options: () => [config()],
    examples: [
      ['config print', 'the defaults, and what the environment changes'],
      ['config print --config kintsugi.yaml', 'secrets are not shown'],
    ],
  },
  {
    name: 'config docs',
    summary: 'print the reference of all settings',
    options: () => [
      option('--format <format>', 'how').choices(['markdown', 'json']).default('markdown'),
    ],
    examples: [['config docs', 'every setting with bounds, default and meaning']],
  },
  {
    name: 'doctor',
    summary: 'examine this machine and say what to do',
    options: () => [
      option('--journal <dir>', 'folder whose disk is measured').default('./kintsugi-journal'),
    ],
    examples: [['doctor', 'exit code 1 when something does not work']],
  },
];
