/** How the run has gone: small plots over one axis, the journal. */
import { computed, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { connectionOf } from './link.ts';
import { choose, goTo } from './moves.ts';
import { type Axis, type Dot, extent, linePath, placeOf, type Span, spansOf } from './plots.ts';
import * as s from './store.ts';
import { leavesOf, mainState, type Tone, toneOf, toneOfState } from './tone.ts';
import type { Entry } from './wire.ts';
import { count, short } from './words.ts';

/** Bars of the market and states of breakers, as the journal has them. */
const bars = signal<readonly Entry[]>([]);
const changes = signal<readonly Entry[]>([]);
const breakers = computed(() => s.actors.value.filter(({ machine }) => /breaker/i.test(machine)));

function useJournal(): void {
  const { value: open } = s.link;
  const step = Math.floor(s.head.value.seq / 2_000);
  const states = breakers.value.map((actor) => mainState(actor)).join();
  useEffect(() => {
    const connection = connectionOf();
    if (open !== 'open' || !connection) return;
    const ask = (query: object) => connection.ask('entries', { query: { limit: 500, ...query } });
    void ask({ types: ['BAR'] }).then(({ entries }) => {
      bars.value = entries.toReversed();
    }, quiet);
    void ask({ types: ['breaker.opened', 'breaker.closed', 'breaker.halfOpened'] }).then(
      ({ entries }) => {
        changes.value = entries.toReversed();
      },
      quiet,
    );
  }, [open, step, states]);
}

const quiet = (): void => {};

const priceOf = ({ seq, event }: Entry): Dot | undefined => {
  const { bar } = (event ?? {}) as { bar?: { close?: number } };
  return bar?.close === undefined ? undefined : { seq, value: bar.close };
};

const prices = computed(() => bars.value.flatMap((entry) => priceOf(entry) ?? []));
const samplesOf = (pick: (one: s.Sample) => number | undefined): readonly Dot[] =>
  s.samples.value.flatMap((one) => {
    const value = pick(one);
    return value === undefined ? [] : [{ seq: one.seq, value }];
  });

function stateChanges(path: string) {
  const seen = new Map<number, Entry>();
  for (const entry of [...changes.value, ...s.entries.value]) seen.set(entry.seq, entry);
  return [...seen.values()]
    .sort((a, b) => a.seq - b.seq)
    .flatMap(({ seq, changes: rows }) => {
      const to = rows?.find((row) => row.path === path)?.to;
      const state = leavesOf(to)[0];
      return state === undefined ? [] : [{ seq, state }];
    });
}

interface PlotProps {
  readonly name: string;
  readonly value: ComponentChildren;
  readonly note: string;
  readonly height: number;
  readonly axis: Axis;
  readonly children: ComponentChildren;
}

function Plot({ name, value, note, height, axis, children }: PlotProps) {
  const x = placeOf(s.shownHead.value.seq, axis);
  return (
    <div class="plot">
      <div class="k">
        <span>{name}</span>
        <b>{value}</b>
        <span>{note}</span>
      </div>
      <svg
        viewBox={`0 0 ${axis.width} ${height}`}
        height={height}
        preserveAspectRatio="none"
        role="img"
        aria-label={name}
      >
        {children}
        <path class="cursor" d={`M${x} 0V${height}`} />
      </svg>
    </div>
  );
}

function LinePlot({
  dots,
  range,
  ...plot
}: { dots: readonly Dot[]; range?: readonly [number, number] } & Omit<PlotProps, 'children'>) {
  if (dots.length < 2) return null;
  const d = linePath(dots, plot.axis, plot.height, range ?? extent(dots));
  const [first, last] = [dots[0]!, dots.at(-1)!];
  const [left, right] = [first, last].map(({ seq }) => placeOf(seq, plot.axis));
  const close = `L${right} ${plot.height}L${left} ${plot.height}z`;
  return (
    <Plot {...plot}>
      <path class="pl-area" d={`${d}${close}`} />
      <path class="pl-line" d={d} />
    </Plot>
  );
}

const valueAt = (dots: readonly Dot[]): string => {
  const { seq } = s.shownHead.value;
  const found = dots.findLast((dot) => dot.seq <= seq) ?? dots[0];
  return found ? short(Number(found.value.toPrecision(7))) : 'none yet';
};

const laneHeight = 16;
const colourOf = (state: string): string => `var(--${toneOfState(state, '') ?? 'off'})`;

function Lanes({ axis }: { axis: Axis }) {
  const lanes = breakers.value.map((actor) => {
    const known = stateChanges(actor.path);
    const first = { seq: axis.from, state: known.length > 0 ? 'closed' : mainState(actor) };
    const spans: readonly Span[] = spansOf([first, ...known], axis.until);
    return { actor, spans };
  });
  const x = placeOf(s.shownHead.value.seq, axis);
  return (
    <div class="plot lanes">
      <div class="k">
        {lanes.map(({ actor }) => (
          <button type="button" class="lane" key={actor.path} onClick={() => choose(actor.path)}>
            <Icon name={toneOf(actor)} />
            <span class="trunc">{actor.path.split('/').slice(-2).join('/')}</span>
          </button>
        ))}
      </div>
      <svg
        viewBox={`0 0 ${axis.width} ${lanes.length * laneHeight}`}
        height={lanes.length * laneHeight}
        preserveAspectRatio="none"
        role="img"
        aria-label="States of the breakers"
      >
        {lanes.map(({ actor, spans }, index) =>
          spans.map(({ from, until, state }) => (
            <rect
              key={`${actor.path}${from}`}
              x={placeOf(from, axis)}
              y={index * laneHeight + 3}
              width={Math.max(1, placeOf(until, axis) - placeOf(from, axis))}
              height={laneHeight - 6}
              fill={colourOf(state)}
              opacity={state === 'closed' ? 0.28 : 0.9}
            />
          )),
        )}
        <path class="cursor" d={`M${x} 0V${lanes.length * laneHeight}`} />
      </svg>
    </div>
  );
}

const toneOfScore = (score: number): Tone => (score < 50 ? 'bad' : score < 90 ? 'warn' : 'ok');

function Now() {
  const frame = s.vitals.value;
  const forbidden = frame?.forbidden ?? [];
  const rates = frame?.rates;
  return (
    <p class="muted small">
      {rates && `${short(Number(rates.turnsPerSecond.toPrecision(3)))} turns a second, `}
      {rates && `watching takes ${(rates.inspectorRatio * 100).toFixed(1)} % of the time. `}
      {forbidden.length > 0 && `Forbidden: ${forbidden.join(', ')}.`}
    </p>
  );
}

export function Overview() {
  useJournal();
  const region = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState(700);
  useEffect(() => {
    const observer = new ResizeObserver(() => setRoom(region.current?.clientWidth ?? 700));
    observer.observe(region.current!);
    return () => observer.disconnect();
  }, []);
  const width = Math.max(240, room - (s.isPhone.value ? 24 : 152));
  const first = prices.value[0]?.seq ?? s.entries.value[0]?.seq ?? 0;
  const axis: Axis = { from: first, until: Math.max(first + 1, s.head.value.seq), width };
  const scores = samplesOf(({ score }) => score).filter(({ seq }) => seq >= first);
  const rates = samplesOf(({ rate }) => rate).filter(({ seq }) => seq >= first);
  const score = scores.findLast(({ seq }) => seq <= s.shownHead.value.seq)?.value;
  const go = (event: MouseEvent) => {
    const svg = (event.target as Element).closest('.plot > svg');
    if (!svg) return;
    const { left } = svg.getBoundingClientRect();
    goTo(axis.from + ((event.clientX - left) / width) * (axis.until - axis.from));
  };
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
        <Now />
        <LinePlot
          {...{ name: 'Price', value: valueAt(prices.value), note: 'close of the bar', axis }}
          height={72}
          dots={prices.value}
        />
        <LinePlot
          {...{ name: 'Health score', note: s.vitals.value?.level ?? '', axis, height: 56 }}
          value={
            <>
              {score !== undefined && <Icon name={toneOfScore(score)} />}
              {score === undefined ? 'none' : Math.round(score)}
            </>
          }
          dots={scores}
          range={[0, 100]}
        />
        <LinePlot
          {...{ name: 'Turns a second', value: valueAt(rates), note: 'while watched', axis }}
          height={48}
          dots={rates}
        />
        <Lanes axis={axis} />
        <p class="muted small">
          seq {count(axis.from)} to {count(axis.until)}; a click goes there.
        </p>
      </div>
    </section>
  );
}
