/** How the run has gone: small plots over one axis, the journal. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { dotsOf, history, isLane, isRecent } from './history.ts';
import { Icon } from './icons.tsx';
import { goTo } from './moves.ts';
import { Hatching, Lanes, LinePlot, stretched } from './plot.tsx';
import { type Axis, apart, type Dot, placeOf, type Span, spansOf, ticksOf } from './plots.ts';
import * as s from './store.ts';
import { mainState, type Tone, tellingState } from './tone.ts';
import type { Actor, History } from './wire.ts';
import { clockTime, count, day, short } from './words.ts';

const plotted = (name: string): readonly Dot[] =>
  dotsOf(name).map(([seq, , value]) => ({ seq, value }));

const numberAt = (dots: readonly Dot[]): number | undefined =>
  (dots.findLast(({ seq }) => seq <= s.shownHead.value.seq) ?? dots[0])?.value;
const textAt = (dots: readonly Dot[], digits = 7): string => {
  const value = numberAt(dots);
  return value === undefined ? 'none yet' : short(Number(value.toPrecision(digits)));
};
const ratioText = (value: number | undefined): string =>
  value === undefined ? 'none yet' : `${(value * 100).toFixed(2)} %`;

/** The states of an actor along the axis; of one that never changed, the one that it is in. */
export function statesOf(actor: Actor, { from, until }: Axis): readonly Span[] {
  const known = (history.value?.changes ?? []).flatMap(({ path, seq, to }) => {
    const state = path === actor.path ? tellingState(to, actor.machine) : undefined;
    return state === undefined ? [] : [{ seq, state }];
  });
  const all = known.length > 0 ? known : [{ seq: from, state: mainState(actor) }];
  return spansOf(all, until);
}

const toneOfScore = (score: number): Tone => (score < 50 ? 'bad' : score < 90 ? 'warn' : 'ok');

/** Time in which trading was not free. */
function haltedSpans(axis: Axis): readonly Span[] {
  const found = s.actors.value.find(({ machine }) => machine === 'tradingMode');
  return found ? statesOf(found, axis).filter(({ state }) => state !== 'open') : [];
}

function Money({ axis }: { axis: Axis }) {
  const [equity, drawdown] = ['equity', 'drawdownRatio'].map(plotted);
  // Before the first bar there is none.
  const prices = plotted('price').filter(({ value }) => value > 0);
  const hatched = haltedSpans(axis);
  const most = Math.max(0.01, ...(drawdown ?? []).map(({ value }) => value));
  return (
    <>
      <LinePlot
        {...{ name: 'Price', axis, hatched, height: 60 }}
        value={textAt(prices)}
        dots={prices}
      />
      <LinePlot
        {...{ name: 'Equity', axis, hatched, height: 44 }}
        value={textAt(equity!)}
        dots={equity!}
      />
      <LinePlot
        {...{ name: 'Drawdown', axis, hatched, height: 36 }}
        value={ratioText(numberAt(drawdown!))}
        dots={drawdown!.map(({ seq, value }) => ({ seq, value: -value }))}
        range={[-most, 0]}
      />
    </>
  );
}

function Wellness({ axis }: { axis: Axis }) {
  const scores = plotted('score');
  const score = numberAt(scores);
  const orders = plotted('orderCount');
  const rates = s.samples.value.map(({ seq, rate }) => ({ seq, value: rate }));
  const level = s.actors.value.find(({ machine }) => machine === 'degradation');
  const value = (
    <>
      {score !== undefined && <Icon name={toneOfScore(score)} />}
      {score === undefined ? 'none' : Math.round(score)}
    </>
  );
  return (
    <>
      <LinePlot
        {...{ name: 'Health', axis, height: 44, dots: scores, range: [0, 100], value }}
        note={level ? mainState(level) : 'score'}
      />
      <LinePlot
        {...{ name: 'Orders sent', axis, height: 32, dots: orders }}
        value={textAt(orders)}
      />
      <LinePlot
        {...{ name: 'Turns a second', axis, height: 32, dots: rates }}
        value={textAt(rates, 3)}
      />
    </>
  );
}

const marks = [
  ['Restarts', ({ type }: Mark) => type === 'supervisor.restarted', 'warn'],
  ['Alerts', ({ type }: Mark) => type === 'alert.raised', 'bad'],
  ['Patches', ({ type }: Mark) => type.startsWith('patch.'), 'gold'],
] as const;
type Mark = History['marks'][number];

function Marks({ axis }: { axis: Axis }) {
  const all = history.value?.marks ?? [];
  const rows = marks.map(([name, fits, tone]) => ({ name, tone, found: all.filter(fits) }));
  const height = rows.length * 16;
  const x = (seq: number) => placeOf(seq, axis);
  return (
    <div class="plot lanes">
      <div class="k">
        {rows.map(({ name, found }) => (
          <span key={name}>
            {name} <span class="muted">{count(found.length)}</span>
          </span>
        ))}
      </div>
      <svg {...stretched(axis, height)} role="img" aria-label="Events">
        {rows.map(({ name, tone, found }, row) => (
          <g key={name} class={`s-${tone}`}>
            <path d={`M0 ${row * 16 + 8.5}H${axis.width}`} stroke="var(--line)" />
            {apart(found, x, 6).map(({ seq, path, type }) => (
              <path
                key={seq}
                d={`M${x(seq)} ${row * 16 + 4}l4.5 8h-9z`}
                fill="var(--bg-0)"
                stroke="currentColor"
              >
                <title>{`${type} of ${path}, seq ${seq}`}</title>
              </path>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

function Times({ axis }: { axis: Axis }) {
  const known = (history.value?.series ?? [])
    .toSorted((a, b) => b.dots.length - a.dots.length)[0]
    ?.dots.map(([seq, at]) => ({ seq, at }));
  const all = known && known.length > 1 ? known : s.entries.value;
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return null;
  const isLong = last.at - first.at > 2 * 86_400_000;
  const text = (at: number) => (isLong ? day(at).slice(5) : clockTime(at, false));
  const x = (seq: number) => placeOf(seq, axis);
  return (
    <div class="plot times">
      <span class="muted small">
        seq {count(axis.from)} to {count(axis.until)}
      </span>
      <svg viewBox={`0 0 ${axis.width} 16`} height="16" aria-hidden={true}>
        {ticksOf(all, x, axis.width).map(({ x: place, at }) => (
          <text key={place} class="axis" x={place} y="12" text-anchor="middle">
            {text(at)}
          </text>
        ))}
      </svg>
    </div>
  );
}

const Range = () => (
  <div class="ranges">
    {[false, true].map((recent) => (
      <button
        type="button"
        class="btn"
        key={String(recent)}
        aria-pressed={isRecent.value === recent}
        onClick={() => {
          isRecent.value = recent;
        }}
      >
        {recent ? 'Recent' : 'Whole run'}
      </button>
    ))}
    <span class="grow" />
    <span class="legend hide-phone">
      <span>
        <i class="sw hatch" /> not free to trade
      </span>
      {(['ok', 'probe', 'warn', 'bad'] as const).map((tone) => (
        <span key={tone}>
          <Icon name={tone} /> {{ ok: 'well', probe: 'trying', warn: 'degraded', bad: 'bad' }[tone]}
        </span>
      ))}
    </span>
  </div>
);

function useWidth() {
  const region = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(700);
  useEffect(() => {
    const observer = new ResizeObserver(() => setRoom(region.current?.clientWidth ?? 700));
    observer.observe(region.current!);
    return () => observer.disconnect();
  }, []);
  return [region, Math.max(200, room - (s.isPhone.value ? 24 : 144))] as const;
}

export function Overview() {
  const [region, width] = useWidth();
  const first = history.value?.from ?? 1;
  const axis: Axis = { from: first, until: Math.max(first + 1, s.head.value.seq), width };
  const go = (event: MouseEvent) => {
    const svg = (event.target as Element).closest('.plot > svg');
    if (!svg) return;
    const { left } = svg.getBoundingClientRect();
    goTo(axis.from + ((event.clientX - left) / width) * (axis.until - axis.from));
  };
  const lanes = s.actors.value
    .filter(isLane)
    .slice(0, 24)
    .map((actor) => ({ actor, spans: statesOf(actor, axis) }));
  return (
    <section class="view on" role="tabpanel" aria-label="Overview">
      <div
        class="over"
        ref={region}
        role="region"
        tabIndex={0}
        aria-label="Plots of the run"
        onClick={go}
      >
        <Range />
        <Hatching />
        {!history.value && <p class="muted small">The journal is being read…</p>}
        <Money axis={axis} />
        <Wellness axis={axis} />
        <Lanes name="States of breakers and safeguards" lanes={lanes} axis={axis} />
        <Marks axis={axis} />
        <Times axis={axis} />
      </div>
    </section>
  );
}
