/** The transition table of a chart, in Markdown. */
import type { Chart } from './chart.ts';

/** One row for each edge: from, event, guard, to, actions. The order is that of the machine. */
export function transitionTable(chart: Chart): string {
  const rows = chart.edges.map(({ from, event, guard, to, actions, leaves }) =>
    row([
      nameWithin(chart, from),
      event,
      guard ?? '',
      leaves ? nameWithin(chart, to) : '(stays)',
      actions.join(', '),
    ]),
  );
  return [row(['from', 'event', 'guard', 'to', 'actions']), '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

/** The states of a chart with their tags, in Markdown. */
export function stateTable(chart: Chart): string {
  const rows = chart.nodes
    .filter(({ parent }) => parent !== undefined)
    .map(({ id, type, tags, entry, exit, invoke, description }) =>
      row([
        nameWithin(chart, id),
        type,
        tags.join(', '),
        [...label('entry', entry), ...label('exit', exit), ...label('invoke', invoke)].join('; '),
        description ?? '',
      ]),
    );
  return [row(['state', 'type', 'tags', 'does', 'meaning']), '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

const label = (word: string, names: readonly string[]): readonly string[] =>
  names.length === 0 ? [] : [`${word}: ${names.join(', ')}`];

/** A state's name without the machine's; the machine itself stands for any state. */
const nameWithin = (chart: Chart, id: string): string => {
  if (id === chart.id) return '(any)';
  return id.startsWith(`${chart.id}.`) ? id.slice(chart.id.length + 1) : id;
};

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
