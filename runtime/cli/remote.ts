/** What all commands share that ask a running runtime over HTTP. */
import { Argument, Option } from 'commander';
import { askDoors, type DoorsAnswer, type DoorsRequest } from '../http/client.ts';
import type { CommandOptions } from './command.ts';
import type { Definition } from './definitions.ts';

/** As `askDoors`, for the runtime that the options mean. */
export const ask = (
  { journal = './kintsugi-journal', url, tokenFile }: CommandOptions,
  request: DoorsRequest,
): Promise<DoorsAnswer> => askDoors({ journal, url, tokenFile }, request);

/** An order of an operator. */
export const order = (
  options: CommandOptions,
  path: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<DoorsAnswer> => {
  const { by = '', why = '' } = options;
  return ask(options, { path, role: 'operator', body: { by, why, ...more } });
};

const where = (): readonly Option[] => [
  new Option('--url <url>', 'address of the runtime; found beside its journal'),
  new Option('--token-file <file>', 'its tokens; found beside its journal'),
  new Option('--journal <dir>', 'folder of its journal').default('./kintsugi-journal'),
];

const signed = (): readonly Option[] => [
  new Option('--by <name>', 'who orders it').makeOptionMandatory(),
  new Option('--why <text>', 'the reason, for the journal').makeOptionMandatory(),
];

const breakerOrders = [
  ['isolate', 'let no call through a breaker'],
  ['disable', 'let every call through a breaker, uncounted'],
  ['metrics-only', 'let a breaker count, and refuse nothing'],
  ['enable', 'put a breaker back to work'],
  ['reset', 'close a breaker with clean counts'],
] as const;

const modeOrders = [
  ['halt', 'open no orders until the halt is released'],
  ['reduce-only', 'let positions only be reduced'],
  ['reconcile', 'compare position and orders with the broker before anything opens'],
  ['reconciled', 'say that they have been compared'],
] as const;

export const remoteDefinitions: readonly Definition[] = [
  {
    name: 'status',
    summary: 'say where a running runtime stands',
    options: where,
    examples: [['status', 'exit code 1 when it should get no work']],
  },
  {
    name: 'breaker list',
    summary: 'show the breakers of a running runtime',
    options: where,
    examples: [['breaker list', 'every breaker with its state and counts']],
  },
  ...breakerOrders.map(
    ([name, summary]): Definition => ({
      name: `breaker ${name}`,
      summary,
      arguments: () => [new Argument('<path>', 'as `breaker list` shows it')],
      options: () => [...signed(), ...where()],
      examples: [[`breaker ${name} /breakers/broker --by ada --why outage`, summary]],
    }),
  ),
  ...modeOrders.map(
    ([name, summary]): Definition => ({
      name: `trading-mode ${name}`,
      summary,
      options: () => [...signed(), ...where()],
      examples: [[`trading-mode ${name} --by ada --why news`, summary]],
    }),
  ),
  {
    name: 'trading-mode resume',
    summary: 'release what one source restricts',
    options: () => [
      new Option(
        '--scope <source>',
        'who restricts it, as a halt was given `--by`',
      ).makeOptionMandatory(),
      ...signed(),
      ...where(),
    ],
    examples: [['trading-mode resume --scope ada --by ada --why over', "ends ada's halt"]],
  },
  {
    name: 'alert list',
    summary: 'show the alerts of a running runtime',
    options: where,
    examples: [['alert list', 'open ones and the newest resolved ones']],
  },
  {
    name: 'alert acknowledge',
    summary: 'say that somebody has taken an alert on',
    arguments: () => [new Argument('<id>', 'as `alert list` shows it')],
    options: () => [
      new Option('--by <name>', 'who has taken it on').makeOptionMandatory(),
      ...where(),
    ],
    examples: [['alert acknowledge a-1 --by ada', 'nobody else is called']],
  },
];
