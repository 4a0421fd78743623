/** The chart of the chosen actor: where it is, how it got there, what comes next. */
import { signal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Canvas } from './canvas.tsx';
import { activeIds, passageOf } from './chart-state.ts';
import type { Drawing } from './elk-graph.ts';
import { Icon } from './icons.tsx';
import { layOut } from './layout.ts';
import { choose } from './moves.ts';
import * as s from './store.ts';
import { mainState, toneOf, toneOfState } from './tone.ts';
import { eventWords, nameOf, stateText } from './words.ts';

export const zoomOrder = signal<{ readonly factor: number | 'fit'; readonly n: number }>({
  factor: 1,
  n: 0,
});
export const zoomBy = (factor: number | 'fit'): void => {
  zoomOrder.value = { factor, n: zoomOrder.value.n + 1 };
};

function Crumb() {
  const actor = s.actor.value;
  if (!actor) return null;
  const state = mainState(actor);
  const tone = toneOf(actor);
  return (
    <>
      <h2 class="trunc">
        {actor.path
          .split('/')
          .filter(Boolean)
          .flatMap((part, index) => [
            index > 0 && (
              <span class="muted" key={`/${index}`}>
                {' '}
                /{' '}
              </span>
            ),
            part,
          ])}
      </h2>
      <span class={`chip ${toneOfState(state, actor.machine) ?? tone}`}>
        <Icon name={tone} />
        {state}
      </span>
    </>
  );
}

/** What the turn did here, and whom else it changed. */
function Chips() {
  const entry = s.isPast.value ? s.turn.value : s.actorTurn.value;
  if (!entry) return <div class="now grow" />;
  const others = s.actors.value
    .map(({ path }) => path)
    .filter((path) => path !== s.selected.value && entry.changed.includes(path))
    .slice(0, 2);
  const change = s.difference.value;
  const isHere = change?.path === s.selected.value && change.seq === entry.seq;
  const states = isHere && change.to !== undefined;
  return (
    <div class="now grow">
      {entry.changed.includes(s.selected.value) && (
        <span class="chip gold">
          <Icon name="gold" />
          <span class="trunc">
            {eventWords(entry.type)}
            {states && `: ${stateText(change.from)} → ${stateText(change.to)}`}
          </span>
        </span>
      )}
      {others.map((path) => (
        <button type="button" class="chip" key={path} onClick={() => choose(path)}>
          also {nameOf(path)} ›
        </button>
      ))}
    </div>
  );
}

const ZoomButtons = () => (
  <div class="zoom">
    <button type="button" class="btn icon" aria-label="Zoom out" onClick={() => zoomBy(0.8)}>
      −
    </button>
    <button type="button" class="btn" title="Fit (0)" onClick={() => zoomBy('fit')}>
      Fit
    </button>
    <button type="button" class="btn icon" aria-label="Zoom in" onClick={() => zoomBy(1.25)}>
      +
    </button>
  </div>
);

function useDrawing(): Drawing | string | undefined {
  const view = s.chart.value;
  const [found, setFound] = useState<{ hash: string; drawing: Drawing | string }>();
  useEffect(() => {
    let gone = false;
    if (!view) return;
    layOut(view.hash, view.chart).then(
      (drawing) => gone || setFound({ hash: view.hash, drawing }),
      (error: unknown) => gone || setFound({ hash: view.hash, drawing: String(error) }),
    );
    return () => {
      gone = true;
    };
  }, [view]);
  return view && found?.hash === view.hash ? found.drawing : undefined;
}

export function ChartPanel() {
  const drawing = useDrawing();
  const actor = s.actor.value;
  const view = s.chart.value;
  const explanation = s.explanation.value;
  const isNow = explanation?.entry.seq === (s.isPast.value ? s.turn : s.actorTurn).value?.seq;
  const passage = useMemo(
    () => view && passageOf(view.chart, s.selected.value, isNow ? explanation : undefined),
    [view, explanation, isNow, s.selected.value],
  );
  const active = useMemo(
    () => (view ? activeIds(view.chart, actor?.value) : new Set<string>()),
    [view, actor?.value],
  );
  const region = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = region.current!;
      setSize({ width, height });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(region.current!);
    return () => observer.disconnect();
  }, []);
  const isDrawn = view && drawing !== undefined && typeof drawing !== 'string' && passage;
  return (
    <section class="view on" role="tabpanel" aria-label="Chart">
      <div class="crumb">
        <Crumb />
        <Chips />
        <ZoomButtons />
      </div>
      <div class="canvas" ref={region}>
        {isDrawn && size.width > 0 && (
          <Canvas {...{ drawing, chart: view.chart, active, passage, size, hash: view.hash }} />
        )}
        {view && drawing === undefined && <p class="muted pad">Being laid out…</p>}
        {typeof drawing === 'string' && <p class="muted pad">It cannot be drawn: {drawing}</p>}
        {actor && actor.hash === undefined && (
          <p class="muted pad">
            {actor.path} has no chart: it is {actor.machine}. Its turns are in the list below.
          </p>
        )}
        {passage?.ignored !== undefined && (
          <div class="ign on" role="status">
            <Icon name="warn" />
            <span>{eventWords(passage.ignored)} was ignored: nothing in this state takes it.</span>
          </div>
        )}
      </div>
    </section>
  );
}
