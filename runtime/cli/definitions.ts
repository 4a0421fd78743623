/** The commands as people see them: names, options, examples. What they do is in `commands/`. */
import { Argument, Option } from 'commander';
import { entryOptions, outputOptions } from './entry-options.ts';
import { speed, wholeNumber } from './numbers.ts';
import { where } from './remote.ts';
import { remoteDefinitions } from './remote-definitions.ts';

export interface Definition {
  /** As in `config check`. */
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly arguments?: () => readonly Argument[];
  readonly options?: () => readonly Option[];
  /** What `--json` does, where that is not one document. */
  readonly json?: string;
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
      option('--port <n>', 'serve the page and the HTTP API there, 0 for any free port').argParser(
        wholeNumber(0, 65_535),
      ),
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
      ['run --port 7424', 'with the HTTP API, at the address that is printed'],
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
    name: 'explain',
    summary: 'say why: one entry with its causes and effects, or the story of one actor',
    details:
      'Replays the journal up to there without effects. An entry is shown with the messages,\n' +
      'transitions, guards and changes of its turn; a decision is judged again by its rules.',
    arguments: directory,
    options: () => [
      option('--seq <seq>', 'the entry').argParser(wholeNumber(1, seqMax)),
      option('--actor <path>', 'the actor'),
      option('--from <seq>', 'its story from this entry on').argParser(wholeNumber(1, seqMax)),
      option('--until <seq>', 'its story up to this entry').argParser(wholeNumber(1, seqMax)),
      option('--limit <n>', 'the last so many incidents of its story, default 200').argParser(
        wholeNumber(1, 1_000_000),
      ),
      option('--allow-changed', 'explain although charts changed since'),
    ],
    examples: [
      ['explain ./kintsugi-journal --seq 1200', 'why entry 1200 did what it did'],
      ['explain ./kintsugi-journal --actor /app/broker', 'starts, crashes, states, facts'],
    ],
  },
  {
    name: 'what-if',
    summary: 'run a journal again under other settings and compare',
    details:
      'What the file says replaces what the journal has; all else is as it was. Nothing of the\n' +
      'outside runs: effects are answered from the journal, else by a model, and counted.',
    arguments: directory,
    options: () => [
      option('--config <file>', 'settings that are to be different, YAML or JSON'),
      option('--until <seq>', 'last entry').argParser(wholeNumber(1, seqMax)),
      option('--allow-changed', 'compare although charts changed since'),
    ],
    examples: [
      [
        'what-if ./kintsugi-journal --config careful.yaml',
        'the first difference, and what it cost',
      ],
    ],
  },
  {
    name: 'tree',
    summary: 'show the tree of actors: of a running runtime, or at the end of a journal',
    arguments: () => [new Argument('[dir]', 'folder of a journal; absent: what runs now')],
    options: () => [
      option('--until <seq>', 'of a journal: at this entry instead').argParser(
        wholeNumber(1, seqMax),
      ),
      ...where(),
    ],
    examples: [
      ['tree', 'every actor that runs on ./kintsugi-journal, with state and restarts'],
      ['tree ./kintsugi-journal --until 1200', 'as it was then, by replay'],
    ],
  },
  {
    name: 'inspect',
    summary: 'serve the page over a recorded journal, with time travel',
    details: 'Where its machines are unknown, only its recorded turns are shown.',
    arguments: () => [new Argument('[dir]', 'folder of the journal; without it one is dropped')],
    options: () => [
      option('--port <n>', 'where, 0 for any free port')
        .default(0)
        .argParser(wholeNumber(0, 65_535)),
      option('--allow-changed', 'replay although charts changed since'),
    ],
    examples: [['inspect ./kintsugi-journal', 'prints the address; Ctrl-C ends it']],
  },
  {
    name: 'tail',
    summary: 'show the last entries of a journal, and follow it while it is written',
    details:
      'One line an entry: time, seq, actor, event -> new states, facts, effects asked for.\n' +
      'Follows while a process writes the journal; --follow does so, and waits, in any case.',
    arguments: directory,
    options: () => [
      option('-n, --count <n>', 'how many of the last entries')
        .default(10)
        .argParser(wholeNumber(0, 100_000)),
      option('-f, --follow', 'go on with new entries until Ctrl-C'),
      option('--no-follow', 'end after the last entry that is there'),
      ...entryOptions(),
    ],
    json: 'a row of `export` as JSON for each entry, one a line',
    examples: [
      ['tail ./kintsugi-journal', 'the last ten entries, and new ones as they are committed'],
      ["tail ./kintsugi-journal --actor '/paper/broker/*' -n 50", 'of an actor and all below it'],
      ['tail ./kintsugi-journal --type breaker.opened --no-follow', 'when breakers opened'],
    ],
  },
  {
    name: 'export',
    summary: 'write the entries of a journal as NDJSON or CSV',
    details: 'Rows go to standard output, or to a new file; everything else to standard error.',
    arguments: directory,
    options: () => [
      option(
        '--format <format>',
        "how; default 'ndjson', or 'csv' for an output file named so",
      ).choices(['ndjson', 'csv']),
      ...entryOptions(),
      ...outputOptions(),
    ],
    json: 'the summary as one JSON document; needs --output',
    examples: [
      ['export ./kintsugi-journal --format csv --output entries.csv', 'all entries, for a sheet'],
      ['export ./kintsugi-journal --type order.sent,order.filled', 'the orders, as NDJSON'],
      [
        'export ./kintsugi-journal --since 2022-01-30T12:00Z --before 2022-01-30T13:00Z',
        'an hour of market time, in UTC',
      ],
    ],
  },
  {
    name: 'export audit',
    summary: 'write a journal as an audit file with a hash chain',
    details:
      'NDJSON; in each line hash = SHA-256(entry as it stands there + prev_hash). The last line\n' +
      "names count, final hash, and the journal's own hash as `kintsugi verify` shows it.",
    arguments: directory,
    options: outputOptions,
    json: 'the summary as one JSON document; needs --output',
    examples: [['export audit ./kintsugi-journal --output audit.ndjson', 'the whole journal']],
  },
  {
    name: 'export verify',
    summary: 'check that an audit file is whole and unchanged',
    arguments: () => [new Argument('<file>', 'written by `kintsugi export audit`')],
    examples: [['export verify audit.ndjson', 'exit code 1 and the first bad line if it is not']],
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
  ...remoteDefinitions,
  {
    name: 'doctor',
    summary: 'examine this machine and say what to do',
    options: () => [
      option('--journal <dir>', 'folder whose disk is measured').default('./kintsugi-journal'),
    ],
    examples: [['doctor', 'exit code 1 when something does not work']],
  },
];
