/** Every breaker: its state, counts, why it opened, and when it tries again. */
import { BreakerOrders } from './breaker-orders.tsx';
import { details, isBreaker } from './details.ts';
import { history } from './history.ts';
import { Icon } from './icons.tsx';
import { choose, goTo } from './moves.ts';
import { statesOf } from './overview.tsx';
import { Lanes } from './plot.tsx';
import * as s from './store.ts';
import { mainState, toneOf, toneOfState } from './tone.ts';
import type { Actor } from './wire.ts';
import { clockTime, count, short, timeLeft } from './words.ts';

/** What its context says, as far as it is there: breakers of calls and of signals differ. */
interface Known {
  readonly failureCount?: number;
  readonly openCount?: number;
  readonly probeSuccessCount?: number;
  readonly probeFailureCount?: number;
  readonly openedAtMs?: number;
  readonly openUntilMs?: number;
  readonly measured?: number | null;
  readonly threshold?: { readonly limit?: number; readonly value?: number };
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly evidence?: (Readonly<Record<string, unknown>> & { readonly why?: string | null }) | null;
  readonly order?: { readonly by: string; readonly why: string } | null;
}

const contextOf = ({ path }: Actor): Known => (details.value.get(path)?.context ?? {}) as Known;

/** Numbers of it that are there, each with its name. */
function numbersOf(actor: Actor): readonly (readonly [string, string])[] {
  const known = contextOf(actor);
  const { settings = {} } = known;
  const { probeSuccessCount = 0, probeFailureCount = 0 } = known;
  const limit = known.threshold?.limit ?? known.threshold?.value;
  const rows: readonly (readonly [string, unknown])[] = [
    ['failures', known.failureCount],
    ['reading', known.measured],
    ['limit', limit],
    ['opened', openedCount(actor)],
    ['without closing', known.openCount],
    ['probes', probeSuccessCount + probeFailureCount > 0 ? probeText(known) : undefined],
    ['stays open', msText(settings['openDurationMs'])],
    ['call timeout', msText(settings['callTimeoutMs'])],
  ];
  return rows.flatMap(([name, value]) =>
    value === undefined || value === null ? [] : [[name, shortNumber(value)] as const],
  );
}

/** In the part of the run that was read. */
function openedCount({ path }: Actor): number {
  const now = s.shownHead.value.seq;
  const opened = (history.value?.marks ?? []).filter(
    (mark) => mark.path === path && mark.type === 'breaker.opened' && mark.seq <= now,
  );
  return opened.length;
}

const probeText = ({ probeSuccessCount = 0, probeFailureCount = 0 }: Known): string =>
  `${probeSuccessCount} good, ${probeFailureCount} bad`;
const msText = (value: unknown): string | undefined =>
  typeof value === 'number' ? timeLeft(value) : undefined;
const shortNumber = (value: unknown): string =>
  typeof value === 'number' ? short(Number(value.toPrecision(5))) : String(value);

const wordsOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** The evidence of a trip in words: its plain fields. */
function evidenceText(evidence: NonNullable<Known['evidence']>): string {
  const { why, kind, ...fields } = evidence;
  const parts = Object.entries(fields)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
    .map(([name, value]) => `${wordsOf(name)} ${shortNumber(value)}`);
  return [kind, ...parts, why].filter((part) => part !== undefined && part !== null).join(', ');
}

const openedText = (atMs: number): string =>
  atMs > 0 ? `Opened at ${clockTime(atMs, false)}` : 'Opened';

/** Why it opened last, with the way to that turn. */
function Trip({ actor }: { actor: Actor }) {
  const { evidence, openedAtMs = 0, order } = contextOf(actor);
  const now = s.shownHead.value.seq;
  const opened = history.value?.marks.findLast(
    ({ path, type, seq }) => path === actor.path && type === 'breaker.opened' && seq <= now,
  );
  return (
    <>
      {order && (
        <p class="small">
          Held by <b>{order.by}</b>: {order.why}
        </p>
      )}
      {evidence && (
        <p class="small">
          {openedText(openedAtMs)}: {evidenceText(evidence)}{' '}
          {opened && (
            <button type="button" class="link" onClick={() => whyOf(opened.seq, actor.path)}>
              Why, at seq {count(opened.seq)}
            </button>
          )}
        </p>
      )}
      {!evidence && !order && (
        <p class="small muted">
          {details.value.has(actor.path) ? 'It has not opened.' : 'Being read…'}
        </p>
      )}
    </>
  );
}

function whyOf(seq: number, path: string): void {
  choose(path);
  goTo(seq);
  s.tab.value = 'story';
}

function Retry({ actor }: { actor: Actor }) {
  const { openUntilMs = 0 } = contextOf(actor);
  const left = openUntilMs - s.shownHead.value.at;
  if (mainState(actor) !== 'open' || left <= 0) return null;
  return (
    <span class="chip probe">
      <Icon name="probe" />
      tries again in {timeLeft(left)}
    </span>
  );
}

function Breaker({ actor }: { actor: Actor }) {
  const state = mainState(actor);
  return (
    <section class="card-row" aria-label={actor.path}>
      <div class="one">
        <Icon name={toneOf(actor)} />
        <button type="button" class="link strong trunc" onClick={() => choose(actor.path)}>
          {actor.path}
        </button>
        <span class={`chip ${toneOfState(state, actor.machine) ?? ''}`}>{state}</span>
        <Retry actor={actor} />
      </div>
      <dl class="numbers">
        {numbersOf(actor).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Trip actor={actor} />
      {s.selected.value === actor.path && <BreakerOrders path={actor.path} />}
    </section>
  );
}

/** What is ill stands first. */
const urgency: Readonly<Record<string, number>> = { bad: 0, warn: 1, probe: 2 };

export function Breakers() {
  const breakers = s.actors.value
    .filter(isBreaker)
    .toSorted((a, b) => (urgency[toneOf(a)] ?? 3) - (urgency[toneOf(b)] ?? 3));
  const from = history.value?.from ?? 1;
  const axis = { from, until: Math.max(from + 1, s.head.value.seq), width: 480 };
  const lanes = breakers.map((actor) => ({ actor, spans: statesOf(actor, axis) }));
  return (
    <section class="view on" role="tabpanel" aria-label="Breakers">
      <div class="over" role="region" tabIndex={0} aria-label="Every breaker">
        {breakers.length === 0 && <p class="muted small pad">This run has no breakers.</p>}
        <Lanes name="States of breakers" lanes={lanes} axis={axis} />
        {breakers.map((actor) => (
          <Breaker key={actor.path} actor={actor} />
        ))}
      </div>
    </section>
  );
}
