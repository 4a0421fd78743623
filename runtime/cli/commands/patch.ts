/** `kintsugi patch`: what SECR changes in a running runtime, and what people say to it. */
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';
import { ask, doneText, order } from '../remote.ts';

interface Change {
  readonly path: string;
  readonly value: number;
}

interface Patch {
  readonly id: string;
  readonly resolver: string;
  readonly subgroup: string;
  readonly operations: readonly Change[];
  readonly from: Readonly<Record<string, number>>;
}

interface Patches {
  readonly state: string;
  readonly pressure: number;
  readonly threshold: number;
  readonly patches: readonly (Patch & { readonly state: string })[];
  readonly records: readonly (Patch & { readonly verdict: string })[];
  readonly pins: Readonly<Record<string, { readonly by: string; readonly why: string }>>;
}

/**
 * @throws {DoorsUnavailableError} when no runtime answers.
 * @throws {DoorsRefusedError} when it refuses the order.
 */
export async function run(
  [action = '', what = '']: readonly string[],
  options: CommandOptions,
  io: Io,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  if (action === 'list') {
    const all = (await ask(options, { path: '/api/patches?limit=20' })).body as Patches;
    output.result(all);
    output.text(textOf(all));
    return EXIT_DONE;
  }
  const answer = await orderOf(action, what, options);
  output.result(answer.body);
  output.text(doneText(`${action} ${what}`.trim(), answer));
  return EXIT_DONE;
}

function orderOf(action: string, what: string, options: CommandOptions) {
  if (action === 'pin' || action === 'unpin') {
    return order(options, `/api/patches/${action}`, { key: what });
  }
  if (what === '') return order(options, `/api/patches/${action}`, {}, 'admin');
  return order(options, `/api/patches/${encodeURIComponent(what)}/${action}`);
}

function textOf({ state, pressure, threshold, patches, records, pins }: Patches): string {
  const numbers = `pressure ${pressure.toFixed(2)}, threshold ${threshold.toFixed(3)}`;
  const rows = [
    ...records.map((one) => cells(one, one.verdict)),
    ...patches.map((one) => cells(one, one.state)),
  ];
  const pinned = Object.entries(pins).map(
    ([key, { by, why }]) => `pinned by ${by}: ${key}: ${why}`,
  );
  return [
    `SECR is ${state}: ${numbers}.`,
    rows.length === 0 ? 'No patches.' : columns([heads, ...rows]),
    ...pinned,
  ].join('\n');
}

const heads = ['patch', 'state', 'answers', 'resolver', 'change'];

const cells = ({ id, subgroup, resolver, operations, from }: Patch, state: string) => [
  ...[id, state, subgroup, resolver],
  operations.map(({ path, value }) => `${path}: ${from[path] ?? '?'} -> ${value}`).join(', '),
];
