/**
 * A chart as a Mermaid state diagram.
 * @see https://mermaid.js.org/syntax/stateDiagram.html
 */
import type { Chart, ChartEdge, ChartNode } from './chart.ts';

export function mermaidOf(chart: Chart): string {
  const lines = ['stateDiagram-v2'];
  const [root] = chart.nodes;
  if (root) lines.push(...inside(chart, root, '  '));
  for (const edge of chart.edges) {
    if (edge.from === chart.id) continue;
    lines.push(`  ${identifier(edge.from)} --> ${identifier(edge.to)}: ${edgeText(edge)}`);
  }
  for (const text of rootNotes(chart)) lines.push(text);
  return lines.join('\n');
}

/**
 * What a state holds: where it begins, and its parts; regions of a parallel state are split by
 * `--`.
 */
function inside(chart: Chart, state: ChartNode, indent: string): readonly string[] {
  const lines: string[] = [];
  if (state.initial !== undefined) lines.push(`${indent}[*] --> ${identifier(state.initial)}`);
  const parts = chart.nodes.filter(({ parent }) => parent === state.id);
  for (const [index, part] of parts.entries()) {
    if (state.type === 'parallel' && index > 0) lines.push(`${indent}--`);
    const name = identifier(part.id);
    lines.push(`${indent}state "${stateText(part)}" as ${name}`);
    if (chart.nodes.some(({ parent }) => parent === part.id)) {
      lines.push(`${indent}state ${name} {`, ...inside(chart, part, `${indent}  `), `${indent}}`);
    }
    if (part.type === 'final') lines.push(`${indent}${name} --> [*]`);
  }
  return lines;
}

/** Mermaid has no arrow that leaves the whole diagram: such events are told in a note. */
function rootNotes(chart: Chart): readonly string[] {
  const first = chart.nodes.find(({ parent }) => parent === chart.id);
  const edges = chart.edges.filter(({ from }) => from === chart.id);
  if (!first || edges.length === 0) return [];
  const notes = edges.map(
    (edge) => `    any state, ${edgeText(edge)}${edge.leaves ? ` -> ${shortName(edge.to)}` : ''}`,
  );
  return [`  note right of ${identifier(first.id)}`, ...notes, '  end note'];
}

const shortName = (id: string): string => id.slice(id.indexOf('.') + 1);

const stateText = ({ name, tags, type, history }: ChartNode): string =>
  plainText(
    [
      name,
      history && `(${history} history)`,
      type === 'parallel' && '(parallel)',
      ...tags.map((tag) => `#${tag}`),
    ]
      .filter(Boolean)
      .join(' '),
  );

const edgeText = ({ event, guard, actions }: ChartEdge): string =>
  plainText(
    [event, guard && `[${guard}]`, actions.length > 0 && `/ ${actions.join(', ')}`]
      .filter(Boolean)
      .join(' '),
  );

/** Mermaid takes `;`, `#`, `:` and quotes for its own syntax; it knows entities by number. */
const plainText = (text: string): string =>
  text.replace(/[#;:"<>]/g, (letter) => `#${letter.charCodeAt(0)};`).replaceAll('\n', ' ');

/** Ids of Mermaid are words: every other letter gets its number, so that no two ids meet. */
const identifier = (id: string): string =>
  id.replace(/[^A-Za-z0-9]/g, (letter) => (letter === '.' ? '__' : `_${letter.charCodeAt(0)}_`));
