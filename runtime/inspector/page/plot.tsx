/** One small plot, and lanes of states, over an axis that others share. */
import type { ComponentChildren } from 'preact';
import { Icon } from './icons.tsx';
import { choose } from './moves.ts';
import { type Axis, type Dot, extent, linePath, placeOf, type Span, stepped } from './plots.ts';
import * as s from './store.ts';
import { toneOf, toneOfState } from './tone.ts';
import type { Actor } from './wire.ts';
import { nameOf } from './words.ts';

interface PlotProps {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly note?: string;
  readonly height: number;
  readonly axis: Axis;
  /** Stretches that are hatched: trading was not free. */
  readonly hatched?: readonly Span[];
  readonly children: ComponentChildren;
}

/** What lies behind the cursor is not yet; the line is where all panels are. */
const Cursor = ({ axis, height }: { axis: Axis; height: number }) => {
  const x = Math.max(0, Math.min(axis.width, placeOf(s.shownHead.value.seq, axis)));
  return (
    <>
      <rect class="later-on" x={x} y="0" width={Math.max(0, axis.width - x)} height={height} />
      <path class="cursor" d={`M${x} 0V${height}`} />
    </>
  );
};

/** As wide as there is room, as high as it is. */
export const stretched = ({ width }: Axis, height: number) =>
  ({ viewBox: `0 0 ${width} ${height}`, height, preserveAspectRatio: 'none' }) as const;

export function Plot({ name, value, note, height, axis, hatched = [], children }: PlotProps) {
  return (
    <div class="plot">
      <div class="k">
        <span class="trunc">
          {name}
          {note !== undefined && `, ${note}`}
        </span>
        <b>{value}</b>
      </div>
      <svg {...stretched(axis, height)} role="img" aria-label={name}>
        {hatched.map(({ from, until }) => (
          <rect
            key={from}
            fill="url(#hatched)"
            x={placeOf(from, axis)}
            width={placeOf(until, axis) - placeOf(from, axis)}
            height={height}
          />
        ))}
        {children}
        <Cursor axis={axis} height={height} />
      </svg>
    </div>
  );
}

/** Halted time, as every plot shows it. */
export const Hatching = () => (
  <svg class="sr" aria-hidden={true}>
    <pattern
      id="hatched"
      width="6"
      height="6"
      patternUnits="userSpaceOnUse"
      patternTransform="rotate(45)"
    >
      <rect width="3" height="6" fill="var(--hatch)" />
    </pattern>
  </svg>
);

interface LineProps extends Omit<PlotProps, 'children'> {
  readonly dots: readonly Dot[];
  readonly range?: readonly [number, number];
}

export function LinePlot({ dots, range, ...plot }: LineProps) {
  const { axis, height } = plot;
  const seen = dots.filter(({ seq }) => seq >= axis.from);
  const last = seen.at(-1);
  if (!last) return null;
  const whole = stepped([...seen, { ...last, seq: axis.until }]);
  const d = linePath(whole, axis, height, range ?? extent(whole));
  const close = `L${axis.width} ${height}L${placeOf(whole[0]!.seq, axis)} ${height}z`;
  return (
    <Plot {...plot}>
      <path class="pl-area" d={`${d}${close}`} />
      <path class="pl-line" d={d} />
    </Plot>
  );
}

const laneHeight = 16;
const calm: ReadonlySet<string> = new Set(['ok', 'off']);

interface Lane {
  readonly actor: Actor;
  readonly spans: readonly Span[];
}

function LaneSpan({ span, y, axis, actor }: { span: Span; y: number; axis: Axis; actor: Actor }) {
  const { from, until, state } = span;
  const tone = toneOfState(state, actor.machine) ?? 'off';
  const x = Math.max(0, placeOf(from, axis));
  return (
    <rect
      x={x}
      y={y + 3}
      rx="1"
      width={Math.max(1.5, placeOf(until, axis) - x)}
      height={laneHeight - 6}
      fill={`var(--${tone})`}
      opacity={calm.has(tone) ? 0.28 : 0.9}
    >
      <title>{`${actor.path}: ${state} from seq ${from}`}</title>
    </rect>
  );
}

export function Lanes({ name, lanes, axis }: { name: string; lanes: readonly Lane[]; axis: Axis }) {
  const height = lanes.length * laneHeight;
  if (lanes.length === 0) return null;
  return (
    <div class="plot lanes">
      <div class="k">
        {lanes.map(({ actor }) => (
          <button
            type="button"
            class="lane"
            key={actor.path}
            title={actor.path}
            onClick={() => choose(actor.path)}
          >
            <Icon name={toneOf(actor)} />
            <span class="trunc">{laneName(actor.path)}</span>
          </button>
        ))}
      </div>
      <svg {...stretched(axis, height)} role="img" aria-label={name}>
        {lanes.map(({ actor, spans }, index) =>
          spans
            .filter(({ until }) => until >= axis.from)
            .map((span) => (
              <LaneSpan
                key={`${actor.path}${span.from}`}
                {...{ span, axis, actor }}
                y={index * laneHeight}
              />
            )),
        )}
        <Cursor axis={axis} height={height} />
      </svg>
    </div>
  );
}

/** A breaker is named after whom it guards. */
const laneName = (path: string): string => {
  const name = nameOf(path);
  return name === 'breaker' ? nameOf(path.slice(0, path.lastIndexOf('/'))) : name;
};
