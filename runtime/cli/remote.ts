/** What all commands share that ask a running runtime over HTTP. */
import { Option } from 'commander';
import { askDoors, type DoorsAnswer, type DoorsRequest } from '../http/client.ts';
import type { Role } from '../http/tokens.ts';
import type { CommandOptions } from './command.ts';

/** As `askDoors`, for the runtime that the options mean. */
export const ask = (
  { journal = './kintsugi-journal', url, tokenFile }: CommandOptions,
  request: DoorsRequest,
): Promise<DoorsAnswer> => askDoors({ journal, url, tokenFile }, request);

/** An order of an operator, or of a role that may do more. */
export const order = (
  options: CommandOptions,
  path: string,
  more: Readonly<Record<string, unknown>> = {},
  role: Role = 'operator',
): Promise<DoorsAnswer> => {
  const { by = '', why = '' } = options;
  return ask(options, { path, role, body: { by, why, ...more } });
};

/** What follows the word `Done`: which entry it became. */
export const doneText = (what: string, { body }: DoorsAnswer): string =>
  `Done: ${what} (seq ${(body as { readonly seq: number }).seq}).`;

export const where = (): readonly Option[] => [
  new Option('--url <url>', 'address of the runtime; found beside its journal'),
  new Option('--token-file <file>', 'its tokens; found beside its journal'),
  new Option('--journal <dir>', 'folder of its journal').default('./kintsugi-journal'),
];

export const signed = (): readonly Option[] => [
  new Option('--by <name>', 'who orders it').makeOptionMandatory(),
  new Option('--why <text>', 'the reason, for the journal').makeOptionMandatory(),
];
