/** `kintsugi machines [NAME]`: the state charts. */
import type { AnyStateMachine } from 'xstate';
import { type Chart, chartOf } from '../../charts/chart.ts';
import { definitionHash } from '../../charts/definition.ts';
import { mermaidOf } from '../../charts/mermaid.ts';
import { stateTable, transitionTable } from '../../charts/table.ts';
import { nearest, plain } from '../../settings/nearest.ts';
import type { CommandOptions } from '../command.ts';
import { EXIT_DONE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';
import { UsageError } from '../usage-error.ts';

/** What exports the machines; tests give their own. */
export type LoadMachines = () => Promise<Readonly<Record<string, unknown>>>;

const loadMachines: LoadMachines = () => import('../../../machines/index.ts');

export async function run(
  [name]: readonly string[],
  options: CommandOptions,
  io: Io,
  load: LoadMachines = loadMachines,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const all = machinesOf(await load());
  const machines = name === undefined ? all : [pick(all, name)];
  const format = options.json ? 'json' : (options.format ?? 'table');
  const documents = machines.map((machine) => ({
    ...chartOf(machine),
    hash: definitionHash(machine),
  }));
  const document = name === undefined ? documents : documents[0];
  output.result(document);
  if (options.json) return EXIT_DONE;
  if (format === 'json') output.text(JSON.stringify(document, null, 2));
  else if (format === 'mermaid') output.text(documents.map(mermaidOf).join('\n\n'));
  else if (name === undefined) output.text(indexOf(documents));
  else output.text(documents.map(pageOf).join('\n\n'));
  return EXIT_DONE;
}

/** Every machine of ours. */
export const ownMachines = async () => machinesOf(await loadMachines());

/** Every machine among the exports of a module, by the id of its chart; the same one only once. */
export function machinesOf(module: Readonly<Record<string, unknown>>): readonly AnyStateMachine[] {
  const machines = new Set(Object.values(module).filter(isMachine));
  return [...machines].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

const isMachine = (value: unknown): value is AnyStateMachine =>
  typeof value === 'object' &&
  value !== null &&
  'root' in value &&
  'config' in value &&
  'id' in value;

function pick(machines: readonly AnyStateMachine[], name: string): AnyStateMachine {
  const wanted = plain(name).replace(/machine$/, '');
  const found = machines.find(({ id }) => plain(id).replace(/machine$/, '') === wanted);
  if (found) return found;
  const ids = machines.map(({ id }) => id);
  const meant = nearest(name, ids);
  const hint = meant === undefined ? `There are: ${ids.join(', ')}.` : `Did you mean '${meant}'?`;
  throw new UsageError(`There is no machine '${name}'. ${hint}`);
}

const indexOf = (charts: readonly Chart[]): string =>
  columns([
    ['machine', 'states', 'edges', 'meaning'],
    ...charts.map(({ id, nodes, edges, description = '' }) => [
      id,
      nodes
        .filter(({ parent }) => parent === id)
        .map((node) => node.name)
        .join(' '),
      String(edges.length),
      description,
    ]),
  ]);

const pageOf = (chart: Chart): string =>
  [`# ${chart.id}`, chart.description ?? '', stateTable(chart), transitionTable(chart)]
    .filter(Boolean)
    .join('\n\n');
