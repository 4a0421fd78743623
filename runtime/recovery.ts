/** Recoveries as hosts and operators see them. */
import { ActorFailedError, RuntimeStoppedError } from '../actors/errors.ts';
import { checkOrder, type OperatorOrder } from '../actors/operator-order.ts';
import type { Clock } from '../actors/ports.ts';
import {
  parsedPlan,
  RECOVERIES,
  type RecoveryPlanInput,
  RecoveryRefusedError,
} from '../actors/recovery.ts';
import { graphOf } from '../machines/policies/recovery-plan.ts';
import { newProgress } from '../machines/policies/recovery-progress.ts';
import { type RecoveryReport as Report, reportOf } from '../machines/policies/recovery-report.ts';
import type { RecoveryContext, RecoveryPlan } from '../machines/recovery.ts';
import { reportFor } from '../machines/recovery-decisions.ts';
import type { Core } from './core.ts';
import type { Turn } from './engine/engine.ts';
import type { Entry } from './engine/ingress.ts';

/** What a recovery came to; `planned` for a dry run, which begins nothing. */
export type RecoveryReport = Omit<Report, 'outcome'> & {
  readonly id: string;
  readonly outcome: Report['outcome'] | 'planned';
};

/** A recovery that runs. */
export interface RecoveryStatus {
  readonly id: string;
  /** `recovering`, `validating`, `held` or `rollingBack`. */
  readonly state: string;
  /** Time until its deadline, ms; while it is held the deadline waits. */
  readonly remainingMs: number;
  /** What it would come to if it ended now. */
  readonly report: Omit<Report, 'outcome' | 'why'>;
}

/** One that has ended; a dry run never began. */
export type EndedRecovery = Report & { readonly id: string };

export interface RecoveryOptions {
  /** Judges the plan and tells its order; no step is made, and nothing is journaled. */
  readonly dryRun?: boolean;
}

type Waiting = PromiseWithResolvers<RecoveryReport> & { hasBegun: boolean };

/** Ended ones that are remembered. */
const endedCountMax = 20;

const pathOf = (id: string): string => `${RECOVERIES}/${id}`;

export class Recovery {
  readonly #core: Core;
  readonly #clock: Clock;
  readonly #submit: (entry: Entry) => boolean;
  readonly #waiting = new Map<string, Waiting>();
  readonly #ended: EndedRecovery[] = [];
  #refusedCount = 0;

  /** Use `runtime.recovery`. */
  constructor(core: Core, clock: Clock, submit: (entry: Entry) => boolean) {
    this.#core = core;
    this.#clock = clock;
    this.#submit = submit;
    core.steps.clock = clock;
    core.watchers.push((turn) => this.#observe(turn));
  }

  /**
   * Brings a system back: see `RecoveryPlanInput`. One that failed, or came back reduced, is a
   * result and no error. After a restart of the process, a recovery that was under way waits for
   * its plan to be given again, and goes on; a plan whose recovery runs is joined.
   *
   * @throws {RecoveryRefusedError} when the plan cannot be carried out, or another plan of this id
   * is being carried out; nothing has begun then.
   * @throws {RuntimeStoppedError} when the runtime ends before the recovery does.
   */
  async run(input: RecoveryPlanInput, options: RecoveryOptions = {}): Promise<RecoveryReport> {
    const plan = this.#parsed(input);
    if (options.dryRun) return this.#dryRun(plan);
    const { id } = plan;
    const path = pathOf(id);
    const text = JSON.stringify(plan);
    const node = this.#core.tree.node(path);
    if (node && JSON.stringify(node.given) !== text) {
      throw this.#refusal({ path: 'plan.id', message: `another recovery '${id}' is under way` });
    }
    const waiting = this.#waiting.get(id) ?? { ...Promise.withResolvers(), hasBegun: false };
    this.#waiting.set(id, waiting);
    this.#core.steps.set(id, input.components);
    try {
      if (!node) this.#start(id, plan);
    } catch (error) {
      this.#forget(id);
      throw error;
    }
    return waiting.promise;
  }

  /** Recoveries that run. */
  list(): readonly RecoveryStatus[] {
    const { tree } = this.#core;
    return [...(tree.node(RECOVERIES)?.children.keys() ?? [])].flatMap((id) => {
      const snapshot = this.#core.engine.paths.at(pathOf(id))?.getSnapshot();
      if (snapshot?.status !== 'active') return [];
      const context = snapshot.context as RecoveryContext;
      const now = context.hold?.sinceMs ?? this.#clock.now();
      const { outcome: _outcome, why: _why, ...report } = reportFor(context);
      const remainingMs = Math.max(0, context.deadlineAtMs - now);
      return [{ id, state: String(snapshot.value), remainingMs, report }];
    });
  }

  /** Those that have ended since the start of the process, the newest last; at most 20. */
  get ended(): readonly EndedRecovery[] {
    return [...this.#ended];
  }

  /** Plans that were refused since the start of the process. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /**
   * Lets no new step begin until `resume`, or until `recovery.holdMs` has passed. What runs comes
   * to its end; the deadline waits, the objectives do not. A rollback is not held.
   *
   * @throws {TypeError} when it is not said who orders it and why.
   * @throws {RangeError} when no such recovery runs.
   */
  hold(id: string, order: OperatorOrder): void {
    this.#order('HOLD', id, order);
  }

  /**
   * Ends a hold.
   *
   * @throws what `hold` throws.
   */
  resume(id: string, order: OperatorOrder): void {
    this.#order('RESUME', id, order);
  }

  /**
   * Ends a recovery: what is under way is given up and rolled back, what is validated stays.
   *
   * @throws what `hold` throws.
   */
  cancel(id: string, order: OperatorOrder): void {
    this.#order('CANCEL', id, order);
  }

  #order(type: 'HOLD' | 'RESUME' | 'CANCEL', id: string, order: OperatorOrder): void {
    checkOrder(order);
    const { by, why } = order;
    const path = pathOf(id);
    if (!this.#core.tree.node(path)) throw new RangeError(`No recovery '${id}' is under way.`);
    const event = { type, at: this.#clock.now(), by, why };
    this.#submit({ kind: 'event', path, event, safety: true });
  }

  #parsed(input: RecoveryPlanInput): RecoveryPlan {
    try {
      return parsedPlan(input, this.#core.settings.recovery);
    } catch (error) {
      if (error instanceof RecoveryRefusedError) this.#refusedCount += 1;
      throw error;
    }
  }

  #refusal(issue: { readonly path: string; readonly message: string }): RecoveryRefusedError {
    this.#refusedCount += 1;
    return new RecoveryRefusedError([issue]);
  }

  #start(id: string, plan: RecoveryPlan): void {
    if (!this.#core.tree.node(RECOVERIES)) {
      const event = { op: 'start', id: 'recoveries', spec: 'recoveries' } as const;
      this.#submit({ kind: 'child', path: RECOVERIES, event });
    }
    const event = { op: 'start', id, spec: 'template', given: plan } as const;
    this.#submit({ kind: 'child', path: pathOf(id), event });
  }

  #dryRun({ id, outageAtMs, components }: RecoveryPlan): RecoveryReport {
    const now = this.#clock.now();
    const { objectives } = this.#core.settings.recovery;
    const planned = graphOf(components, objectives);
    if ('problem' in planned) throw new RangeError('A plan with a problem was parsed.');
    const { graph } = planned;
    const times = { outageAtMs: outageAtMs ?? now, beganAtMs: now, endedAtMs: now, heldMs: 0 };
    const judged = { objectives, times, outcome: 'recovered', why: null } as const;
    const report = reportOf(graph, newProgress(graph), judged);
    const order = graph.components.map((component) => component.id);
    return { ...report, id, outcome: 'planned', order };
  }

  /** After each turn, and once more when all has ended. */
  #observe(turn: Turn | undefined): void {
    for (const fact of turn?.line.facts ?? []) {
      if ((fact as { type?: unknown } | null)?.type === 'recovery.ended') this.#end(fact);
    }
    if (this.#waiting.size === 0) return;
    const isClosed = this.#core.engine.mode === 'closed';
    for (const [id, waiting] of this.#waiting) {
      const isHere = this.#core.tree.node(pathOf(id)) !== undefined;
      waiting.hasBegun ||= isHere;
      if (isClosed) {
        const text = `The runtime has stopped before recovery '${id}' came to its end.`;
        waiting.reject(new RuntimeStoppedError(text));
      } else if (waiting.hasBegun && !isHere) {
        waiting.reject(new ActorFailedError(pathOf(id), 'crashed', 'it was stopped'));
      } else continue;
      this.#forget(id);
    }
  }

  #end(fact: unknown): void {
    const told = fact as { type: string; at: number; path: string } & EndedRecovery;
    const { type: _type, at: _at, path: _path, ...report } = told;
    this.#ended.push(report);
    if (this.#ended.length > endedCountMax) this.#ended.shift();
    this.#waiting.get(report.id)?.resolve(report);
    this.#forget(report.id);
  }

  #forget(id: string): void {
    this.#waiting.delete(id);
    this.#core.steps.delete(id);
  }
}
