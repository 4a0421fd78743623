/** Replays a journal into a core of its own, for those who look at every turn. */
import assert from 'node:assert/strict';
import type { SupervisorSpec } from '../../actors/child.ts';
import { Core } from '../../runtime/core.ts';
import type { Turn } from '../../runtime/engine/engine.ts';
import { type HeaderLine, isHeader } from '../../runtime/journal/format.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import { divergenceText } from '../../runtime/replay/divergence.ts';
import { feed } from '../../runtime/replay/feed.ts';
import { loadSettings } from '../../runtime/settings/load.ts';
import type { Acknowledged } from './acknowledge.ts';

/** @param onTurn called after each turn; the core stands where the turn has left it. */
export async function replayed(
  dir: string,
  treeOf: (header: HeaderLine) => SupervisorSpec,
  onTurn: (turn: Turn, core: Core) => void,
): Promise<Core> {
  const lines = readJournal(dir);
  const { value: header } = await lines.next();
  assert(header && isHeader(header), 'A journal begins with its header.');
  const { settings } = await loadSettings({ environment: {}, options: header.settings as never });
  const core = new Core({
    settings,
    seed: header.seed,
    tree: treeOf(header),
    children: new Map(),
    hooks: { now: () => 0, commit() {}, notify() {}, timerSet() {} },
    observe: (turn) => onTurn(turn, core),
  });
  const { divergence } = await feed(core, lines);
  assert(!divergence, divergence && divergenceText(divergence));
  return core;
}

/**
 * Compares what was acknowledged with the run as the journal tells it: the digest after an entry
 * stands for all that came before it.
 */
export class AcknowledgedPrefix {
  readonly #digests: Map<number, string>;

  constructor(acknowledged: readonly Acknowledged[]) {
    this.#digests = new Map();
    for (const { acked, digest } of acknowledged) {
      const known = this.#digests.get(acked);
      assert(known === undefined || known === digest, `Entry ${acked} was acknowledged twice.`);
      this.#digests.set(acked, digest);
    }
    this.#digests.delete(0);
  }

  /** To be told of every turn. */
  check({ input: { seq } }: Turn, core: Core): void {
    const digest = this.#digests.get(seq);
    if (digest === undefined) return;
    assert.equal(core.engine.digest.value, digest, `Entry ${seq} is not the one acknowledged.`);
    this.#digests.delete(seq);
  }

  end(): void {
    const lost = [...this.#digests.keys()];
    assert.deepEqual(lost, [], 'These entries were acknowledged and are lost.');
  }
}

/**
 * What holds of timers on a clock that stands still while no process runs: each fires in its turn,
 * not before its time, and none is passed by.
 */
export class TimerOrder {
  fired = 0;
  #next: { path: string; id: string; deadlineMs: number } | undefined;

  /** To be told of every turn. */
  check({ input }: Turn, { engine }: Core): void {
    const { seq, at, kind, path, event } = input;
    if (kind === 'timer') {
      this.fired += 1;
      const due = this.#next;
      assert(due, `Entry ${seq} is a timer that nobody has set.`);
      assert.deepEqual({ path, id: event }, { path: due.path, id: due.id }, `Entry ${seq}`);
      assert.equal(at, due.deadlineMs, `The timer of entry ${seq} fires at another time.`);
    }
    const next = engine.timers.next();
    assert(
      next === undefined || next.deadlineMs >= at,
      `After entry ${seq} at ${at} a timer of ${next?.deadlineMs} has not fired.`,
    );
    this.#next = next && { ...next, path: engine.paths.of(next.source) };
  }
}
