/** Commands that ask a running runtime over HTTP, as people see them. */
import { Argument, Option } from 'commander';
import type { Definition } from './definitions.ts';
import { signed, where } from './remote.ts';

const breakerOrders = [
  ['isolate', 'let no call through a breaker'],
  ['disable', 'let every call through a breaker, uncounted'],
  ['metrics-only', 'let a breaker count, and refuse nothing'],
  ['enable', 'put a breaker back to work'],
  ['reset', 'close a breaker with clean counts'],
] as const;

const recoveryOrders = [
  ['hold', 'let no new step of a recovery begin'],
  ['resume', 'end the hold of a recovery'],
  ['cancel', 'end a recovery: what is under way is rolled back'],
] as const;

const patchOrders = [
  ['approve', 'let a patch in quarantine go on'],
  ['reject', 'end a patch in quarantine'],
  ['withdraw', 'end a patch wherever it is, and roll back what it changed'],
] as const;

const pinOrders = [
  ['pin', 'keep a setting as it is: no patch touches it'],
  ['unpin', 'let patches change a setting again'],
] as const;

const patchResets = [
  ['reset', 'roll back all that patches have changed, and let none begin'],
  ['resume', 'let failures be answered by patches again'],
] as const;

const modeOrders = [
  ['halt', 'open no orders until the halt is released'],
  ['reduce-only', 'let positions only be reduced'],
  ['reconcile', 'compare position and orders with the broker before anything opens'],
  ['reconciled', 'say that they have been compared'],
] as const;

const pairOrders = [
  ['suspend', 'let nothing of a pair move by itself'],
  ['resume', 'end the suspension of a pair'],
] as const;

const pairName = (): readonly Argument[] => [new Argument('<pair>', 'as `failover list` shows it')];

const ordered = (): readonly Option[] => [...signed(), ...where()];

export const remoteDefinitions: readonly Definition[] = [
  {
    name: 'emergency start',
    summary: 'stop trading now: cancel orders, close the position, stop the trading tree',
    details:
      'Asks the runtime that runs on the journal, through its control socket; with --url, or\n' +
      'where no socket answers, over HTTP. The runtime stays up; trading begins again with\n' +
      '`emergency reset` only.',
    options: ordered,
    examples: [['emergency start --by ada --why outage', 'exit code 1 when a position is left']],
  },
  {
    name: 'emergency reset',
    summary: 'release an emergency or a halt; the scope says what is reset',
    details:
      'Scopes: trading (ends the emergency or halt, trading begins again), metrics (failure\n' +
      'counts and uptime begin anew), all (both). Orders and position are reconciled first.',
    options: () => [
      new Option('--scope <scope>', 'trading, metrics or all').makeOptionMandatory(),
      ...ordered(),
    ],
    examples: [['emergency reset --scope trading --by ada --why repaired', 'trades again']],
  },
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
      options: ordered,
      examples: [[`breaker ${name} /breakers/broker --by ada --why outage`, summary]],
    }),
  ),
  ...modeOrders.map(
    ([name, summary]): Definition => ({
      name: `trading-mode ${name}`,
      summary,
      options: ordered,
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
  {
    name: 'failover list',
    summary: 'show the failover pairs of a running runtime',
    options: where,
    examples: [['failover list', 'who is active, under which epoch, how old the copy is']],
  },
  {
    name: 'failover switch',
    summary: 'move the role of a pair to a side',
    arguments: pairName,
    options: () => [
      new Option('--to <side>', 'the side').choices(['primary', 'backup']).makeOptionMandatory(),
      new Option('--allow-stale', 'although its copy of the state is old'),
      ...signed(),
      ...where(),
    ],
    examples: [['failover switch desk --to backup --by ada --why update', 'the backup acts']],
  },
  {
    name: 'failover back',
    summary: 'give the role of a pair back to its primary',
    arguments: pairName,
    options: ordered,
    examples: [['failover back desk --by ada --why repaired', 'as `switch --to primary`']],
  },
  ...pairOrders.map(
    ([name, summary]): Definition => ({
      name: `failover ${name}`,
      summary,
      arguments: pairName,
      options: ordered,
      examples: [[`failover ${name} desk --by ada --why update`, summary]],
    }),
  ),
  {
    name: 'recover list',
    summary: 'show the recoveries of a running runtime',
    options: where,
    examples: [['recover list', 'those that run, and the newest that have ended']],
  },
  {
    name: 'recover show',
    summary: 'show one recovery: its components in order, and their times',
    arguments: () => [new Argument('<id>', 'as `recover list` shows it')],
    options: where,
    examples: [['recover show desk', 'exit code 1 when it has failed, or missed an objective']],
  },
  ...recoveryOrders.map(
    ([name, summary]): Definition => ({
      name: `recover ${name}`,
      summary,
      arguments: () => [new Argument('<id>', 'as `recover list` shows it')],
      options: ordered,
      examples: [[`recover ${name} desk --by ada --why disk`, summary]],
    }),
  ),
  {
    name: 'patch list',
    summary: 'show what changes the settings of a running runtime by itself',
    options: where,
    examples: [['patch list', 'pressure, patches under way, pins, the newest verdicts']],
  },
  ...patchOrders.map(
    ([name, summary]): Definition => ({
      name: `patch ${name}`,
      summary,
      arguments: () => [new Argument('<id>', 'as `patch list` shows it')],
      options: ordered,
      examples: [[`patch ${name} p-3 --by ada --why reviewed`, summary]],
    }),
  ),
  ...pinOrders.map(
    ([name, summary]): Definition => ({
      name: `patch ${name}`,
      summary,
      arguments: () => [new Argument('<key>', 'JSON pointer of the setting')],
      options: ordered,
      examples: [
        [`patch ${name} /paper/broker/breaker/callTimeoutMs --by ada --why ours`, summary],
      ],
    }),
  ),
  ...patchResets.map(
    ([name, summary]): Definition => ({
      name: `patch ${name}`,
      summary,
      options: ordered,
      examples: [[`patch ${name} --by ada --why reviewed`, `${summary}; takes the admin token`]],
    }),
  ),
];
