/** Draws a chart that was laid out. A turn changes classes; the drawing stays. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { zoomOrder } from './chart.tsx';
import type { Passage } from './chart-state.ts';
import { around, fitted, nameSizeOf, opened, type View, zoomed } from './chart-view.ts';
import {
  type Box,
  type Drawing,
  type Line,
  labelRowHeight,
  type Point,
  startRadius,
} from './elk-graph.ts';
import { Shape } from './icons.tsx';
import * as s from './store.ts';
import { toneOfState } from './tone.ts';
import type { Chart } from './wire.ts';
import { timeLeft } from './words.ts';

interface CanvasProps {
  readonly drawing: Drawing;
  readonly chart: Chart;
  readonly hash: string;
  readonly active: ReadonlySet<string>;
  readonly passage: Passage;
  readonly size: { readonly width: number; readonly height: number };
}

const cornerRadius = 7;
/** What a state's mark and edges take of its width. */
const marksWidth = 44;

/** A line with round corners that ends a little before its tip. */
function pathOf(points: readonly Point[]): string {
  const towards = (from: Point, to: Point, by: number): Point => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    const part = Math.min(by, length / 2) / length;
    return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
  };
  const bends = points.slice(1, -1).map((corner, index) => {
    const before = towards(corner, points[index]!, cornerRadius);
    const after = towards(corner, points[index + 2]!, cornerRadius);
    return `L${before}Q${corner} ${after}`;
  });
  return `M${points[0]}${bends.join('')}L${towards(points.at(-1)!, points.at(-2)!, 5)}`;
}

const Tip = ({ points }: { points: readonly Point[] }) => {
  const [from, to] = [points.at(-2)!, points.at(-1)!];
  const degrees = (Math.atan2(to[1] - from[1], to[0] - from[0]) * 180) / Math.PI;
  return (
    <path class="tip" d="M0 0L-8 -4.5L-8 4.5z" transform={`translate(${to}) rotate(${degrees})`} />
  );
};

function Edge({ line, hot }: { line: Line; hot: string }) {
  const taken = new Set(hot.split(',').filter(Boolean).map(Number));
  const isOther = (edges: readonly number[]) =>
    taken.size > 0 && !edges.some((edge) => taken.has(edge));
  return (
    <g class={`ed${taken.size > 0 ? ' hot' : ''}`}>
      <title>{line.label?.rows.map(({ text }) => text).join('\n')}</title>
      <path d={pathOf(line.points)} pathLength={1} />
      <Tip points={line.points} />
      {line.label?.rows.map(({ text, isGuard, edges }, index) => (
        <text
          key={index}
          class={`${isGuard ? 'gd' : ''}${isOther(edges) ? ' other' : ''}`}
          x={line.label!.x + 3}
          y={line.label!.y + 11 + index * labelRowHeight}
        >
          {text}
        </text>
      ))}
    </g>
  );
}

/** The time that a state has left: a ring that empties. */
function Ring({ box, dueAtMs, setAtMs }: { box: Box; dueAtMs: number; setAtMs: number }) {
  const now = s.shownHead.value.at;
  const part = Math.max(0, Math.min(100, ((dueAtMs - now) / (dueAtMs - setAtMs || 1)) * 100));
  const cx = box.x + box.width - 19;
  const cy = box.y + box.height / 2;
  return (
    <>
      <circle class="ring bg" cx={cx} cy={cy} r="9" />
      <circle
        class="ring fg"
        pathLength={100}
        stroke-dasharray={`${part} 100`}
        cx={cx}
        cy={cy}
        r="9"
        transform={`rotate(-90 ${cx} ${cy})`}
      />
    </>
  );
}

/** The timer of a state, as the detail has it: named after the delay of the state. */
function timerOf(chart: Chart, id: string) {
  const { value: detail } = s.detail;
  if (detail?.path !== s.selected.value) return undefined;
  const named = new Set(
    chart.edges.flatMap(({ from, kind, event }) =>
      from === id && kind === 'after' ? [event] : [],
    ),
  );
  return detail.timers.find(
    ({ event, name }) => event.endsWith(`.${id}`) || named.has(`after ${name}`),
  );
}

interface StateProps extends Pick<CanvasProps, 'chart' | 'active' | 'passage'> {
  readonly box: Box;
  /** Of its name. */
  readonly fontSize: number;
}

function State({ box, chart, active, passage, fontSize }: StateProps) {
  const { node, x, y, width, height, shape } = box;
  const isOn = active.has(node.id);
  const isLeaf = shape === 'leaf';
  const tone = isOn && isLeaf ? toneOfState(node.name, chart.id) : undefined;
  const mark = tone !== undefined && tone !== 'ok' ? tone : undefined;
  const timer = isOn && isLeaf ? timerOf(chart, node.id) : undefined;
  const isIgnored = passage.ignored !== undefined && isOn && isLeaf;
  const left = x + (mark ? 29 : 14);
  const middle = !mark && !timer;
  const classes = ['st', shape, isOn && 'on', passage.left.has(node.id) && 'was'];
  if (isIgnored) classes.push('ignored');
  const about = [node.description, node.tags.length > 0 && `tags: ${node.tags.join(', ')}`];
  const does = [
    ...node.entry.map((one) => `entry: ${one}`),
    ...node.invoke.map((one) => `runs ${one}`),
  ];
  return (
    <g class={classes.filter(Boolean).join(' ')} data-id={node.id}>
      <title>{[node.id, ...about, ...does].filter(Boolean).join('\n')}</title>
      <rect x={x} y={y} width={width} height={height} rx={isLeaf ? 7 : 10} />
      {mark && <Shape name={mark} x={x + 11} y={y + height / 2 - 6} />}
      {isLeaf ? (
        <text
          x={middle ? x + width / 2 : left}
          y={y + height / 2 + (timer ? -2 : fontSize * 0.35)}
          style={{ fontSize: `${fontSize}px` }}
          text-anchor={middle ? 'middle' : 'start'}
        >
          {node.name}
          {node.type === 'final' && ' ◎'}
          {node.type === 'history' && ' H'}
        </text>
      ) : (
        <text x={x + 12} y={y + 20}>
          {node.name === '(machine)' ? chart.id : node.name}
        </text>
      )}
      {timer && (
        <>
          <text class="sub" x={left} y={y + height / 2 + 13}>
            {timeLeft(timer.dueAtMs - s.shownHead.value.at)}
          </text>
          <Ring box={box} dueAtMs={timer.dueAtMs} setAtMs={setAt(timer.setBySeq, timer.dueAtMs)} />
        </>
      )}
    </g>
  );
}

const setAt = (seq: number, dueAtMs: number): number =>
  s.entries.value.find((entry) => entry.seq === seq)?.at ?? dueAtMs - 60_000;

const Start = ({ at }: { at: Point }) => (
  <circle class="start" cx={at[0]} cy={at[1]} r={startRadius} fill="var(--fg-3)" />
);

function Minimap({
  drawing,
  active,
  view,
}: { view: View } & Pick<CanvasProps, 'drawing' | 'active'>) {
  if (view.width >= drawing.width && view.height >= drawing.height) return null;
  return (
    <svg
      class="minimap"
      viewBox={`-20 -20 ${drawing.width + 40} ${drawing.height + 40}`}
      aria-hidden={true}
    >
      {drawing.boxes.map(({ node, x, y, width, height, shape }) => (
        <rect
          key={node.id}
          {...{ x, y, width, height }}
          rx="10"
          fill={shape !== 'leaf' ? 'none' : active.has(node.id) ? 'var(--gold)' : 'var(--bg-3)'}
          stroke="var(--line-2)"
          stroke-width="3"
        />
      ))}
      <rect
        {...view}
        rx="8"
        fill="var(--fg)"
        fill-opacity=".05"
        stroke="var(--fg-2)"
        stroke-width="4"
      />
    </svg>
  );
}

function useView({ drawing, active, size, hash }: CanvasProps) {
  const leaves = drawing.boxes.filter(({ node, shape }) => shape === 'leaf' && active.has(node.id));
  const [view, setView] = useState<View>(() => opened(drawing, size, around(leaves)));
  useEffect(() => setView(opened(drawing, size, around(leaves))), [hash, size.width, size.height]);
  const { factor, n } = zoomOrder.value;
  useEffect(() => {
    if (n === 0) return;
    setView((was) => (factor === 'fit' ? fitted(drawing, size) : zoomed(was, factor, [0.5, 0.5])));
  }, [n]);
  return [view, setView] as const;
}

export function Canvas(props: CanvasProps) {
  const { drawing, chart, active, passage, size } = props;
  const [view, setView] = useView(props);
  const drag = useRef<Point | undefined>(undefined);
  const move = (event: PointerEvent) => {
    if (!drag.current) return;
    const k = view.width / size.width;
    const [x, y] = drag.current;
    drag.current = [event.clientX, event.clientY];
    setView((was) => ({
      ...was,
      x: was.x - (event.clientX - x) * k,
      y: was.y - (event.clientY - y) * k,
    }));
  };
  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    const at = [(event.clientX - left) / size.width, (event.clientY - top) / size.height] as const;
    setView((was) => zoomed(was, event.deltaY < 0 ? 1.12 : 1 / 1.12, at));
  };
  const names = drawing.boxes.flatMap(({ node, shape, width }) =>
    shape === 'leaf' ? [{ text: node.name, room: width - marksWidth }] : [],
  );
  const fontSize = nameSizeOf(names, Math.round((size.width / view.width) * 20) / 20);
  const hotOf = (line: Line) => line.edges.filter((edge) => passage.hot.has(edge)).join(',');
  const lines = drawing.lines.toSorted((a, b) => hotOf(a).length - hotOf(b).length);
  const said = `${s.selected.value}: ${[...active]
    .slice(1)
    .map((id) => id.split('.').at(-1))
    .join(', ')}`;
  return (
    <>
      <svg
        class="drawing"
        role="img"
        aria-label={`State chart of ${said}`}
        viewBox={`${view.x} ${view.y} ${view.width} ${view.height}`}
        onPointerDown={(event) => {
          drag.current = [event.clientX, event.clientY];
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={() => {
          drag.current = undefined;
        }}
        onWheel={wheel}
      >
        {drawing.boxes.map((box) => (
          <State key={box.node.id} {...{ box, chart, active, passage, fontSize }} />
        ))}
        {drawing.starts.map((at) => (
          <Start key={at.join()} at={at} />
        ))}
        {lines.map((line) => (
          <Edge key={line.id} line={line} hot={hotOf(line)} />
        ))}
      </svg>
      <Minimap {...{ drawing, active, view }} />
      <span class="sr">{chart.description}</span>
    </>
  );
}
