/** Asks for what the panels need of the chosen actor and turn, no faster than it is answered. */
import { effect } from '@preact/signals';
import type { Connection } from './connection.ts';
import * as s from './store.ts';

/** Live: no more often than this, ms. */
const pauseMs = 400;

/** Runs the newest job; while one runs, the others wait and only the last of them is done. */
function latest(pause: () => number) {
  let next: (() => Promise<void>) | undefined;
  let busy = false;
  const run = async (): Promise<void> => {
    busy = true;
    while (next) {
      const job = next;
      next = undefined;
      await job().catch((error: unknown) => {
        s.refusal.value = error instanceof Error ? error.message : String(error);
      });
      await new Promise((resolve) => setTimeout(resolve, pause()));
    }
    busy = false;
  };
  return (job: () => Promise<void>): void => {
    next = job;
    if (!busy) void run();
  };
}

const pause = (): number => (s.position.value === undefined ? pauseMs : 0);

export function startQuestions(connection: Connection): void {
  const details = latest(pause);
  const moments = latest(() => 0);
  const stories = latest(pause);
  const chats = latest(pause);

  effect(() => {
    const machine = s.actor.value?.machine;
    if (s.link.value !== 'open' || machine === undefined || s.charts.value.has(machine)) return;
    if (s.actor.value?.hash === undefined) return;
    void connection.ask('chart', { machine }).then(
      (view) => {
        s.charts.value = new Map([...s.charts.value, [machine, view]]);
      },
      () => {},
    );
  });

  effect(() => {
    const seq = s.position.value;
    if (s.link.value !== 'open' || seq === undefined || s.moment.value?.seq === seq) return;
    moments(async () => {
      s.moment.value = await connection.ask('moment', { seq });
    });
  });

  effect(() => {
    const seq = s.position.value;
    const path = s.selected.value;
    // Live: again when the head moves.
    const key = seq ?? s.head.value.seq;
    if (s.link.value !== 'open' || path === '' || key < 0) return;
    details(async () => {
      const detail = await connection.ask('detail', { path, ...(seq !== undefined && { seq }) });
      if (s.selected.value === path && s.position.value === seq) s.detail.value = detail;
    });
  });

  startPlaces(connection);
  startStories(connection, stories);

  effect(() => {
    const until = s.shownHead.value.seq;
    if (s.link.value !== 'open' || s.tab.value !== 'sequence' || until < 1) return;
    chats(async () => {
      s.messages.value = await connection.ask('messages', { from: Math.max(1, until - 60), until });
    });
  });
}

/** Why: of the chosen turn in the past, of the actor's last one when live. */
function startStories(connection: Connection, stories: (job: () => Promise<void>) => void): void {
  effect(() => {
    const entry = s.position.value === undefined ? s.actorTurn.value : s.turn.value;
    const seq = s.tab.value === 'story' ? s.turn.value?.seq : entry?.seq;
    const path = s.selected.value;
    if (s.link.value !== 'open' || seq === undefined || seq < 1) return;
    if (s.explanation.value?.entry.seq === seq && s.difference.value?.path === path) return;
    if (!s.hello.value?.hasMachines) return;
    stories(async () => {
      const [explanation, difference] = await Promise.all([
        connection.ask('explain', { seq }),
        connection.ask('difference', { path, seq }).catch(() => undefined),
      ]);
      s.explanation.value = explanation;
      s.difference.value = difference;
      s.refusal.value = '';
    });
  });
}

/** Entries that are asked for at a time. */
const pageLength = 500;

/** Entries around a position that the list and the track do not reach; the newest when live. */
function startPlaces(connection: Connection): void {
  const places = latest(() => 0);
  effect(() => {
    const seq = s.position.value;
    const isThere = seq === undefined ? !s.isAway.value : seq < 1 || s.reaches(seq);
    if (s.link.value !== 'open' || s.entries.value.length === 0 || isThere) return;
    places(async () => {
      const head = s.head.value.seq;
      const until = seq === undefined ? head : Math.min(head, seq + pageLength / 2);
      const query = { limit: pageLength, until };
      const { entries } = await connection.ask('entries', { query });
      if (s.position.value === seq) s.showEntries(entries, until === head);
    });
  });
}

/** The newest entries, for the list and the track. */
export async function loadEntries(connection: Connection, until?: number): Promise<void> {
  const query = { limit: pageLength, ...(until !== undefined && { until }) };
  const page = await connection.ask('entries', { query });
  if (!s.isAway.value) s.addEntries(page.entries);
}
