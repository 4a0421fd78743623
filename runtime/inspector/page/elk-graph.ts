/** A chart as the layout wants it, and what the layout answers as shapes to draw. */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartEdge, ChartNode } from './wire.ts';

export type Point = readonly [x: number, y: number];
export type Direction = 'RIGHT' | 'DOWN';

export interface Box {
  readonly node: ChartNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly shape: 'leaf' | 'box' | 'region';
}

/** Transitions between the same two states share one line. */
export interface Line {
  readonly id: string;
  /** Indices in the chart; none for the mark of where a state begins. */
  readonly edges: readonly number[];
  readonly points: readonly Point[];
  readonly label?: { readonly x: number; readonly y: number; readonly rows: readonly LabelRow[] };
}

export interface LabelRow {
  readonly text: string;
  readonly isGuard: boolean;
  /** Indices of the transitions that it names. */
  readonly edges: readonly number[];
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
  readonly starts: readonly Point[];
}

/** Width of a text in px, in the font of labels or of names. */
export type Measure = (text: string, font: 'label' | 'name') => number;

const startSuffix = '::start';
export const labelRowHeight = 14;
export const startRadius = 4;

/** A transition that stays inside its state has no line: the state itself lights up. */
const isDrawn = ({ from, to, leaves }: ChartEdge): boolean => leaves || from !== to;

interface Indexed {
  readonly edge: ChartEdge;
  readonly index: number;
}

/** What was invoked stands in the state that it belongs to: the label need not name it again. */
const eventText = ({ event, kind }: ChartEdge): string =>
  kind === 'done' || kind === 'error' ? event.replace(/ \d+\..*$/, '') : event;

/** Transitions under one guard share it: their events, then the guard. */
function rowsOf(group: readonly Indexed[]): readonly LabelRow[] {
  const byGuard = Map.groupBy(group, ({ edge }) => edge.guard);
  return [...byGuard].flatMap(([guard, same]) => {
    const byText = Map.groupBy(same, ({ edge }) => eventText(edge));
    const events = [...byText].map(([text, those]) => rowOf(text, false, those));
    const guards = guard === undefined ? [] : wrapped(`[${guard}]`);
    return [...events, ...guards.map((text) => rowOf(text, true, same))];
  });
}

const rowOf = (text: string, isGuard: boolean, group: readonly Indexed[]): LabelRow => ({
  ...{ text, isGuard },
  edges: group.map(({ index }) => index),
});

const rowLengthMax = 22;

/** Long guards go over several rows, cut where their words end. */
export function wrapped(text: string): readonly string[] {
  const rows: string[] = [];
  let row = '';
  for (const part of text.split(/(?<=[,(]\s?)(?=\S)|(?<=[a-z])(?=[A-Z])/)) {
    if (row !== '' && row.length + part.length > rowLengthMax) {
      rows.push(row.trimEnd());
      row = '';
    }
    row += part;
  }
  return [...rows, row];
}

const groupsOf = (chart: Chart) =>
  Map.groupBy(
    chart.edges.flatMap((edge, index) => (isDrawn(edge) ? [{ edge, index }] : [])),
    ({ edge }) => `${edge.from} ${edge.to}`,
  );

const common = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.cycleBreaking.strategy': 'MODEL_ORDER',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.edgeLabels.inline': 'false',
};

/**
 * How near things lie: `tight` is moved together once it is laid out, which the layout cannot do
 * for every chart and which may bring labels together; `roomy` is the last try.
 */
export type Room = 'tight' | 'usual' | 'roomy';
export const rooms: readonly Room[] = ['tight', 'usual', 'roomy'];

const together = {
  'elk.layered.compaction.postCompaction.strategy': 'EDGE_LENGTH',
};

/** Distances, px. */
const spacing = (roomy: boolean) => ({
  'elk.spacing.nodeNode': roomy ? '44' : '20',
  'elk.spacing.edgeNode': roomy ? '26' : '12',
  'elk.spacing.edgeEdge': roomy ? '20' : '10',
  'elk.spacing.edgeLabel': roomy ? '8' : '4',
  'elk.spacing.labelLabel': '6',
  'elk.layered.spacing.nodeNodeBetweenLayers': roomy ? '44' : '24',
  'elk.layered.spacing.edgeNodeBetweenLayers': roomy ? '22' : '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': roomy ? '18' : '10',
});

export function toElk(
  chart: Chart,
  measure: Measure,
  direction: Direction,
  room: Room = 'usual',
): ElkNode {
  const roomy = room === 'roomy';
  const options = { ...common, ...spacing(roomy), 'elk.direction': direction };
  const byId = new Map<string, ElkNode & { children: ElkNode[]; edges: ElkExtendedEdge[] }>();
  const timed = new Set(chart.edges.flatMap((e) => (e.kind === 'after' ? [e.from] : [])));
  for (const node of chart.nodes) {
    // What the whole graph says is not said again: the layout fails on it.
    const layoutOptions = { ...spacing(roomy), ...(room === 'tight' && together) };
    const made = { id: node.id, children: [], edges: [], layoutOptions };
    byId.set(node.id, made);
    if (node.parent !== undefined) byId.get(node.parent)!.children.push(made);
  }
  for (const node of chart.nodes) {
    const made = byId.get(node.id)!;
    const width = measure(node.name, 'name');
    if (made.children.length === 0) {
      made.width = Math.max(96, width + 44 + (timed.has(node.id) ? 34 : 0));
      made.height = 42;
      continue;
    }
    made.layoutOptions!['elk.padding'] = '[top=36,left=16,bottom=16,right=16]';
    made.layoutOptions!['elk.nodeSize.constraints'] = 'MINIMUM_SIZE';
    made.layoutOptions!['elk.nodeSize.minimum'] = `(${width + 48},60)`;
    if (node.initial !== undefined) addStart(made, node.initial);
  }
  const root = byId.get(chart.nodes[0]!.id)!;
  for (const [key, group] of groupsOf(chart)) {
    root.edges.push(edgeOf(key, group, measure));
  }
  return { id: '', children: [root], layoutOptions: options };
}

type Parent = ElkNode & { children: ElkNode[]; edges: ElkExtendedEdge[] };

function addStart(parent: Parent, initial: string): void {
  const id = parent.id + startSuffix;
  parent.children.unshift({
    id,
    width: startRadius * 2,
    height: startRadius * 2,
    layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' },
  });
  parent.edges.push({ id: `${id}>`, sources: [id], targets: [initial] });
}

function edgeOf(key: string, group: readonly Indexed[], measure: Measure): ElkExtendedEdge {
  const rows = rowsOf(group);
  const width = Math.max(...rows.map(({ text }) => measure(text, 'label')));
  const { from, to } = group[0]!.edge;
  const label = { id: `${key}#`, text: ' ', width, height: rows.length * labelRowHeight };
  return { id: key, sources: [from], targets: [to], labels: [label] };
}

/** The shapes of a graph that was laid out. */
export function drawingOf(chart: Chart, laidOut: ElkNode): Drawing {
  const nodes = new Map(chart.nodes.map((node) => [node.id, node]));
  const groups = groupsOf(chart);
  const boxes: Box[] = [];
  const lines: Line[] = [];
  const starts: Point[] = [];
  const walk = (elk: ElkNode): void => {
    const { x = 0, y = 0, width = 0, height = 0 } = elk;
    const node = nodes.get(elk.id);
    if (node) boxes.push({ node, x, y, width, height, shape: shapeOf(node, nodes) });
    else if (elk.id.endsWith(startSuffix)) starts.push([x + startRadius, y + startRadius]);
    for (const edge of elk.edges ?? []) lines.push(...lineOf(edge, groups.get(edge.id) ?? []));
    for (const child of elk.children ?? []) walk(child);
  };
  walk(laidOut);
  return { width: laidOut.width ?? 0, height: laidOut.height ?? 0, boxes, lines, starts };
}

function shapeOf(node: ChartNode, nodes: ReadonlyMap<string, ChartNode>): Box['shape'] {
  if (nodes.get(node.parent ?? '')?.type === 'parallel') return 'region';
  return node.type === 'compound' || node.type === 'parallel' ? 'box' : 'leaf';
}

function lineOf(edge: ElkExtendedEdge, group: readonly Indexed[]): readonly Line[] {
  const [section] = edge.sections ?? [];
  if (!section) return [];
  const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(
    ({ x, y }): Point => [x, y],
  );
  const [label] = edge.labels ?? [];
  const edges = group.map(({ index }) => index);
  const rows = rowsOf(group);
  const place = label && { label: { x: label.x ?? 0, y: label.y ?? 0, rows } };
  return [{ id: edge.id, edges, points, ...place }];
}

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const meet = (a: Area, b: Area): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Labels that lie over each other or over a state without children, in pairs of their names. */
export function overlaps(drawing: Drawing, measure: Measure): readonly string[] {
  const labels = drawing.lines.flatMap(({ id, label }) =>
    label
      ? [
          {
            id,
            x: label.x,
            y: label.y,
            width: Math.max(...label.rows.map(({ text }) => measure(text, 'label'))),
            height: label.rows.length * labelRowHeight,
          },
        ]
      : [],
  );
  const leaves = drawing.boxes
    .filter(({ shape, node }) => shape === 'leaf' || node.type === 'atomic')
    .map(({ node, ...area }) => ({ ...area, id: node.id }));
  return labels.flatMap((label, index) =>
    [...labels.slice(index + 1), ...leaves]
      .filter((other) => meet(label, other))
      .map((other) => `${label.id} / ${other.id}`),
  );
}

/** Lines that run through a state that they neither leave nor enter, or through their own. */
export function crossings({ lines, boxes }: Drawing): readonly string[] {
  const leaves = boxes.filter(({ shape }) => shape === 'leaf');
  return lines.flatMap(({ id, points }) =>
    points.slice(1).flatMap(([x, y], index) => {
      const [fromX, fromY] = points[index]!;
      const segment = {
        ...{ x: Math.min(x, fromX), y: Math.min(y, fromY) },
        ...{ width: Math.abs(x - fromX), height: Math.abs(y - fromY) },
      };
      const inside = leaves.filter((box) => meet(segment, inner(box)));
      return inside.map(({ node }) => `${id} / ${node.id}`);
    }),
  );
}

const inner = ({ x, y, width, height }: Area): Area => ({
  ...{ x: x + 2, y: y + 2, width: width - 4, height: height - 4 },
});
