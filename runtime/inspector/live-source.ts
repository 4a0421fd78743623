/** A runtime that lives, as the page sees it: now from its actors, the past from its journal. */
import type { EventLog } from '../../actors/ports.ts';
import { packageVersion } from '../cli/package.ts';
import type { Turn } from '../engine/engine.ts';
import { Refusal } from '../http/problem.ts';
import type { Lifecycle } from '../lifecycle.ts';
import { chartsInUse } from './charts.ts';
import { detailOf } from './detail.ts';
import { historyOf } from './history.ts';
import { entryPage } from './pages.ts';
import { Past } from './past.ts';
import type {
  ActorRow,
  ChangedRow,
  ChartView,
  EntryQuery,
  Head,
  HistoryQuery,
  RunView,
} from './protocol.ts';
import { actorRows, changedRow, vitalsOf } from './rows.ts';
import type { InspectSource } from './source.ts';

export class LiveSource implements InspectSource {
  readonly mode = 'live';
  readonly hasMachines = true;
  private readonly life: Lifecycle;
  private readonly past: Past;

  constructor(life: Lifecycle) {
    this.life = life;
    const { tree, nameable } = life.options;
    const log = patient(life.journal.log);
    this.past = new Past(log, {
      tree,
      // Those that were started since are in it as well.
      get children() {
        return Object.fromEntries(life.children);
      },
      // The journal of a program whose charts have changed was taken up by it: it is its own.
      allowChanged: true,
      ...(nameable !== undefined && { nameable }),
    });
  }

  get run(): RunView {
    const { core, options, seed } = this.life;
    const { journalId } = core.engine;
    return { id: journalId, host: options.host ?? 'custom', seed, version: packageVersion() };
  }

  head(): Head {
    const { seq, at, digest } = this.life.core.engine;
    return { seq, at, digest: digest.value };
  }

  actors(): readonly ActorRow[] {
    return actorRows(this.life.core);
  }

  row(path: string, told: ChangedRow | undefined): ChangedRow | undefined {
    const node = this.life.core.tree.node(path);
    return node && changedRow(node, told);
  }

  vitals() {
    return vitalsOf(this.life.core);
  }

  machines(): readonly string[] {
    return [
      ...new Set([...chartsInUse(this.life.core).values()].map(({ chart }) => chart.id)),
    ].sort();
  }

  chart(machine: string): ChartView {
    const found = chartsInUse(this.life.core).get(machine);
    if (found) return found;
    throw new Refusal(404, 'NOT_FOUND', `There is no machine '${machine}'.`);
  }

  async moment(seq: number) {
    await this.life.journal.flush();
    return this.past.moment(seq);
  }

  async detail(path: string, seq: number | 'now') {
    if (seq === 'now') return detailOf(this.life.core, path);
    await this.life.journal.flush();
    return this.past.detail(path, seq);
  }

  async difference(path: string, seq: number) {
    await this.life.journal.flush();
    return this.past.difference(path, seq);
  }

  async entries(query: EntryQuery) {
    await this.life.journal.flush();
    return entryPage(this.life.journal.log, query, this.head().seq);
  }

  async explain(seq: number) {
    await this.life.journal.flush();
    return this.past.explain(seq);
  }

  async messages(from: number, until: number) {
    await this.life.journal.flush();
    return this.past.messages(from, until);
  }

  async history(query: HistoryQuery) {
    await this.life.journal.flush();
    return historyOf(this.life.journal.log, query, this.head().seq);
  }

  /** Calls back after each turn, until undone. */
  watch(observe: (turn: Turn) => void): () => void {
    const { watchers } = this.life.core;
    const watcher = (turn?: Turn) => {
      if (turn) observe(turn);
    };
    watchers.push(watcher);
    return () => {
      const at = watchers.indexOf(watcher);
      if (at >= 0) watchers.splice(at, 1);
    };
  }

  close(): void {
    this.past.close();
  }
}

/** The log, read block by block with others living in between. */
function patient(log: EventLog): EventLog {
  const read: EventLog['read'] = async function* (from) {
    for await (const block of log.read(from)) {
      yield block;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { read, snapshots: log.snapshots } as EventLog;
}
