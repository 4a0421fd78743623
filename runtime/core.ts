/**
 * What a live run and its replay share: engine, supervision tree, settings and random streams, and
 * what an entry for the runtime itself does.
 */
import type { AnySpec, ChildSpec, SupervisorSpec } from '../actors/child.ts';
import { supervisor } from '../actors/child.ts';
import { circuitBreakerChild } from '../actors/circuit-breaker.ts';
import { doorsSupervisor } from '../actors/doors.ts';
import { ChildUnknownError } from '../actors/errors.ts';
import { failoverPairChild, failoverSupervisor } from '../actors/failover-pair.ts';
import type { Random } from '../actors/ports.ts';
import { type ProtectSpecName, protectSpec } from '../actors/protect-children.ts';
import { recoveriesSupervisor } from '../actors/recovery.ts';
import { type SafeguardPorts, safeguardPaths, safeguards } from '../actors/safeguards.ts';
import { type SecrPorts, secr } from '../actors/secr.ts';
import { signalBreakerChild } from '../actors/signal-breaker.ts';
import { tensorSupervisor } from '../actors/tensor.ts';
import type { Settings } from '../config/settings.ts';
import { type DeadLetter, Engine, type EngineHooks, type Turn } from './engine/engine.ts';
import type { Entry } from './engine/ingress.ts';
import { resumeTimers } from './engine/resume.ts';
import { PairTable } from './failover/pair-table.ts';
import { CheckTable } from './health-checks.ts';
import type { InputLine, Json, TurnLine } from './journal/format.ts';
import { seededRandom } from './random.ts';
import { StepTable } from './recovery-steps.ts';
import { applyPatch, type PatchOperation } from './settings/patch.ts';
import { changedPointers, at as settingAt } from './settings/pointer.ts';
import { type Node, Tree, type TreeHost } from './supervision/tree.ts';
import { Backends } from './tensor/backends.ts';

/** Where breakers live that a host asks for by name. */
export const BREAKERS = '/breakers';

/** Where the specification of a child comes from. */
export type SpecName =
  | (
      | 'breakers'
      | 'safeguards'
      | 'secr'
      | 'recoveries'
      | 'failover'
      | 'tensor'
      | 'doors'
      | ProtectSpecName
    )
  | ('breaker' | 'signal' | 'failoverPair' | 'given' | 'template');

/** A change of the tree, as the journal holds it. */
export type ChildOrder =
  | {
      readonly op: 'start';
      readonly id: string;
      /** Where its specification comes from. */
      readonly spec: SpecName;
      /** Input of a child of a dynamic supervisor. */
      readonly given?: unknown;
    }
  | { readonly op: 'stop' | 'restart' };

/** Orders for the runtime itself. */
export type Command =
  | { readonly command: 'start' }
  /** Crashes an actor, in a test: at once, or in place of the next event that it is sent. */
  | {
      readonly command: 'crash';
      readonly path: string;
      readonly at: 'now' | 'next-event';
      readonly why: string;
    };

export interface SettingsChange {
  readonly patch: readonly PatchOperation[];
  readonly by: string;
  readonly why: string;
  /** The host gives other settings than at its last start. */
  readonly isGiven?: true;
}

export interface CoreOptions {
  readonly settings: Settings;
  readonly seed: number;
  readonly tree: SupervisorSpec;
  /**
   * Children that the host adds at run time, by path: the journal names them, the code has them.
   */
  readonly children: Map<string, AnySpec>;
  readonly hooks: Pick<
    EngineHooks,
    'now' | 'commit' | 'notify' | 'timerSet' | 'around' | 'freeze' | 'nameable'
  >;
  readonly lifecycle?: TreeHost['lifecycle'];
  readonly ended?: TreeHost['ended'];
  readonly deadLetter?: (letter: DeadLetter) => void;
  readonly watcherFailed?: EngineHooks['watcherFailed'];
  /** Called after each turn, live or replayed. */
  readonly observe?: ((turn: Turn) => void) | undefined;
}

export class Core {
  readonly engine: Engine;
  readonly tree: Tree;
  settings: Settings;
  /** What the host gave at its last start; changes since then are not in it. */
  given: Settings;
  deadLetterCount = 0;
  /** The checks of health probes. */
  readonly checks = new CheckTable();
  /** What alerts and the emergency plan do; a replay does nothing. */
  safeguardPorts: SafeguardPorts | undefined;
  /** What SECR's patches change; a replay changes nothing by itself. */
  secrPorts: SecrPorts | undefined;
  /** The steps of recoveries. */
  readonly steps = new StepTable();
  /** The edges of failover pairs. */
  readonly pairs = new PairTable();
  /** Who computes tensor jobs; a replay has none, and computes nothing. */
  readonly tensor = new Backends();
  /** Told after each live turn, before anybody else, and, without one, when all has ended. */
  readonly watchers: ((turn?: Turn) => void)[] = [];
  private readonly random: Random;

  private readonly options: CoreOptions;

  constructor(options: CoreOptions) {
    this.options = options;
    this.settings = options.settings;
    this.given = options.settings;
    this.random = seededRandom(options.seed);
    this.engine = new Engine(
      {
        ...options.hooks,
        notify: (turn) => {
          for (const watch of this.watchers) watch(turn);
          options.observe?.(turn);
          options.hooks.notify(turn);
        },
        apply: (entry) => this.apply(entry),
        down: (actor, path, failed, error) => this.tree.down(actor, path, failed, error),
        delivered: (path) => this.tree.delivered(path),
        crashing: (actor) => this.tree.crashing(actor),
        deadLetter: (letter) => {
          this.deadLetterCount++;
          options.deadLetter?.(letter);
        },
        watcherFailed: (error) => options.watcherFailed?.(error),
        actionsOf: (path) => this.tree.workerAt(path)?.actions ?? 'afterTurn',
        isRetried: (path, port) => {
          const policies = this.tree.workerAt(path)?.effects;
          return (policies?.[port] ?? policies?.['*']) === 'retry';
        },
        incarnationOf: (path) => this.tree.incarnationOf(path),
      },
      options.settings.mailbox,
    );
    this.tree = new Tree(this.engine, {
      seedOf: (path) => this.random.stream(path).seed,
      settingsAt: (pointer) =>
        pointer === undefined ? this.settings : settingAt(this.settings, pointer),
      ended: (root, ending, why) => options.ended?.(root, ending, why),
      lifecycle: (what, node) => options.lifecycle?.(what, node),
    });
  }

  /** Replays one entry; the caller compares. */
  replay(input: InputLine, expected: TurnLine): Turn {
    const turn = this.engine.replay(input, expected);
    this.options.observe?.(turn);
    return turn;
  }

  private apply(entry: Entry): void {
    switch (entry.kind) {
      case 'command':
        this.applyCommand(entry.event as Command);
        return;
      case 'child':
        this.applyChild(entry.path, entry.event as ChildOrder);
        return;
      case 'settings':
        this.applySettings(entry.event as SettingsChange);
        return;
      case 'resume':
        resumeTimers(this.engine, (path) => this.tree.workerAt(path)?.timers);
        this.tellRestarted();
        return;
      default:
    }
  }

  /** In the turn of the restart itself: nothing opens before position and orders are known. */
  private tellRestarted(): void {
    const actor = this.engine.paths.at(safeguardPaths.tradingMode);
    if (actor) this.engine.gate.tell(actor, { type: 'PROCESS_RESTARTED', at: this.engine.at });
  }

  private applyCommand(command: Command): void {
    if (command.command === 'start') {
      this.tree.start(this.options.tree, undefined);
      return;
    }
    const actor = this.engine.paths.at(command.path);
    const error = new Error(command.why);
    if (!actor) return;
    if (command.at === 'now') this.engine.gate.crash(actor, error);
    else this.engine.gate.crashNext(command.path, error);
  }

  private applyChild(path: string, order: ChildOrder): void {
    const node = this.tree.node(path);
    if (order.op !== 'start') {
      if (!node) return;
      if (order.op === 'restart') this.tree.restart(node);
      else this.tree.stop(node);
      return;
    }
    if (node) return;
    const parent = this.tree.node(path.slice(0, path.lastIndexOf('/')));
    this.tree.start(this.specFor(path, order, parent), parent, order.given);
  }

  /** Specification of a root of the tree that the host gave. */
  rootSpec(id: string): AnySpec | undefined {
    return this.options.tree.id === id ? this.options.tree : undefined;
  }

  specFor(
    path: string,
    order: Extract<ChildOrder, { op: 'start' }>,
    parent: Node | undefined,
  ): AnySpec {
    if (order.spec === 'breakers') {
      return supervisor({ id: order.id, children: [], intensity: 10, periodMs: 60_000 });
    }
    if (order.spec === 'tensor') return tensorSupervisor(this.tensor);
    if (order.spec === 'failover') return failoverSupervisor();
    if (order.spec === 'failoverPair') return failoverPairChild(order.id, this.pairs);
    if (order.spec === 'safeguards') {
      return safeguards({ checks: this.checks, ports: this.safeguardPorts });
    }
    if (order.spec === 'doors') return doorsSupervisor();
    if (order.spec === 'secr') return secr(this.secrPorts);
    if (order.spec === 'recoveries') return recoveriesSupervisor(this.steps);
    if (order.spec === 'breaker') {
      return circuitBreakerChild({ id: order.id, settings: `${BREAKERS}/${order.id}` });
    }
    if (order.spec === 'signal') return signalBreakerChild(order.id);
    const layer = protectSpec(path, order.id, order.spec);
    if (layer) return layer;
    const template = parent?.spec.kind === 'supervisor' ? parent.spec.template : undefined;
    if (order.spec === 'template' && template) return { ...template, id: order.id };
    const spec = this.options.children.get(path);
    if (!spec) {
      throw new ChildUnknownError(
        `The journal starts an actor at '${path}' that this program does not know ` +
          `(seq ${this.engine.seq}): give its child specification in 'children'.`,
      );
    }
    return spec;
  }

  /** Everyone whose settings changed is told in this same turn: nobody sees half of a patch. */
  private applySettings(change: SettingsChange): void {
    const before = this.settings;
    this.settings = applyPatch(before, change.patch);
    if (change.isGiven) this.given = applyPatch(this.given, change.patch);
    for (const node of [...this.tree.all()]) {
      const pointer = (node.spec as ChildSpec).settings;
      if (!node.actor || node.spec.kind !== 'worker' || pointer === undefined) continue;
      if (!changedPointers(before, this.settings, pointer)) continue;
      const settings = settingAt(this.settings, pointer) as Json | undefined;
      // Whoever lives by settings that were taken away keeps those that it has.
      if (settings === undefined) continue;
      const { by } = change;
      const event = { type: 'SETTINGS_CHANGED', at: this.engine.at, settings, by };
      this.engine.gate.tell(node.actor, event);
    }
  }

  /** Stops every actor without a trace in the journal: the process ends, the tree does not. */
  dispose(): void {
    this.engine.mode = 'closed';
    this.tree.end();
    for (const watch of this.watchers) watch();
  }

  nodes(): Iterable<Node> {
    return this.tree.all();
  }
}
