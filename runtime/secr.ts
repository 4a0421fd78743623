/** SECR as hosts and operators see it: failures in, patches and lessons out. */
import { KintsugiError } from '../actors/errors.ts';
import { checkOrder, checkText, type OperatorOrder } from '../actors/operator-order.ts';
import { secrPaths } from '../actors/secr.ts';
import type { FailureGroup, FailureSubgroup } from '../config/secr-taxonomy.ts';
import { type FailureLogContext, type FailureRow, failureAt } from '../machines/failure-log.ts';
import { pressureAt, totalPressure } from '../machines/policies/failure-pressure.ts';
import type { MarketCondition } from '../machines/policies/icap-threshold.ts';
import type { PerformanceSample } from '../machines/policies/outcome-score.ts';
import type { SettingChange } from '../machines/policies/resolver-matrix.ts';
import { trustOf } from '../machines/policies/resolver-trust.ts';
import type { Pin, TrainingRecord } from '../machines/secr.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { Fact } from './options.ts';
import { type PatchRule, patchPort, type Rehearse } from './patch-port.ts';
import { SecrOrders } from './secr-orders.ts';
import {
  checkMarket,
  checkPerformance,
  checkReport,
  contextText,
  type FailureReport,
} from './secr-reports.ts';

export type { FailureReport } from './secr-reports.ts';

/** A proposal that may not begin; the message says why. */
export class PatchRefusedError extends KintsugiError {
  readonly code = 'PATCH_REFUSED';
  readonly retryable = false;
}

/** A change of settings by the host's own resolver. */
export interface PatchProposal extends OperatorOrder {
  /** Numbers that have an envelope, each with its new value. */
  readonly operations: readonly SettingChange[];
  /** Kind of failure that it answers. */
  readonly group: FailureGroup;
  readonly subgroup: FailureSubgroup;
  /** As `reportFailure` returned it. */
  readonly failureKey?: string;
}

export class Secr extends SecrOrders {
  readonly #rules = new Map<string, PatchRule>();
  #rehearse: Rehearse | undefined;
  /** Numbers of the newest report and proposal that this process has sent. */
  #reported = 0;
  #proposed = 0;
  #refusedCount = 0;

  /** Use `runtime.secr`. */
  constructor(life: Lifecycle) {
    super(life);
    const { core, submit, clock } = life;
    const rehearse: Rehearse = (request) =>
      this.#rehearse?.(request) ?? Promise.resolve(unrehearsed);
    const patches = patchPort({ core, submit, rules: this.#rules, rehearse });
    core.secrPorts = { patches, clock };
  }

  /**
   * Reports a failure. A pattern of them (`secr.actPressureMin`) is answered by a patch.
   *
   * @returns its key, as in `API_TIMEOUT-12`.
   * @throws {RangeError} for an unknown group or subgroup, and a severity outside 0 to 1.
   * @throws {TypeError} for a context that is no JSON or larger than `secr.contextBytesMax`.
   */
  reportFailure(report: FailureReport): string {
    const { group, subgroup, severity, target = null } = report;
    const context = this.#checked(() => {
      checkReport(report);
      return contextText(report.context, this.life.core.settings.secr.contextBytesMax);
    });
    const number = Math.max(this.context?.failureCount ?? 0, this.#reported) + 1;
    this.#reported = number;
    const event = { type: 'FAILURE_REPORTED', number, group, subgroup, severity, target } as const;
    this.send({ ...event, at: this.now(), ...(context === undefined ? {} : { context }) });
    return `${subgroup}-${number}`;
  }

  /**
   * Tells how the host does: patches are judged by it.
   *
   * @throws {RangeError} for a number that is not finite or outside its bounds.
   */
  updatePerformanceFeedback(sample: PerformanceSample): void {
    this.#checked(() => checkPerformance(sample));
    const { profitDelta, latencyMs, errorRatio, stabilityScore } = sample;
    const at = this.now();
    this.send({ type: 'PERFORMED', at, profitDelta, latencyMs, errorRatio, stabilityScore });
  }

  /**
   * Tells how the market is against what is usual: it moves the threshold.
   *
   * @throws {RangeError} for a number that is not finite.
   */
  updateMarket(market: MarketCondition): void {
    this.#checked(() => checkMarket(market));
    const { volatilityRatio, volumeRatio, momentumRatio } = market;
    const at = this.now();
    this.send({ type: 'MARKET_SEEN', at, volatilityRatio, volumeRatio, momentumRatio });
  }

  /**
   * Proposes a patch of the host's own making. It goes the way of every other patch.
   *
   * @returns its id. From a listener it is looked at after the turn: a refusal then is only a fact,
   *   `secr.refused`.
   * @throws {PatchRefusedError} when it may not begin: it names the reason.
   * @throws {TypeError} when it is not said who proposes it and why.
   */
  propose(proposal: PatchProposal): string {
    const { operations, group, subgroup, failureKey = null, by, why } = proposal;
    checkOrder({ by, why });
    const isList = Array.isArray(operations) && operations.length <= 64;
    if (!isList || !operations.every((one) => one?.op === 'replace' && isText(one.path))) {
      this.#refusedCount += 1;
      throw refusedError("operations are { op: 'replace', path, value }, at most 64");
    }
    this.#proposed = Math.max(this.context?.proposalCount ?? 0, this.#proposed) + 1;
    const number = this.#proposed;
    let refusal: string | undefined;
    const stop = this.#on('secr.refused', ({ what, why: reason }) => {
      if (what === 'proposal') refusal = reason as string;
    });
    const patch = operations.map(({ path, value }) => ({ op: 'replace' as const, path, value }));
    const kind = { resolver: `host.${by}`, group, subgroup, failureKey };
    const event = { type: 'PATCH_PROPOSED', at: this.now(), number, ...kind, by, why } as const;
    this.order({ ...event, operations: patch });
    stop();
    if (refusal !== undefined) throw refusedError(refusal);
    return `h-${number}`;
  }

  /** Verdicts, the newest last. */
  get records(): readonly TrainingRecord[] {
    return this.context?.records ?? [];
  }

  /**
   * The newest verdicts as training data, the newest last.
   *
   * @param options.batchSize how many at most, from 1; 32 by default.
   * @throws {RangeError} for another number.
   */
  trainingData({
    batchSize = 32,
  }: {
    readonly batchSize?: number;
  } = {}): readonly TrainingRecord[] {
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new RangeError(`batchSize must be a whole number from 1, got ${batchSize}.`);
    }
    return this.records.slice(-batchSize);
  }

  /** A failure by its key; undefined when it is forgotten, or has never been. */
  failure(key: string): FailureRow | undefined {
    const log = this.contextAt<FailureLogContext>(secrPaths.failures);
    return log && failureAt(log, key);
  }

  /** Pressure index now, in severities: of a group, a subgroup, or everything. */
  pressure(kind?: FailureGroup | FailureSubgroup): number {
    const context = this.context;
    if (!context) return 0;
    const { pressures, settings, catalogue } = context;
    const subgroups = kind === undefined ? Object.keys(pressures) : catalogue.taxonomy[kind];
    const [at, { halfLifeMs }] = [this.now(), settings];
    return subgroups
      ? totalPressure(pressures, subgroups, at, halfLifeMs)
      : pressureAt(pressures[kind as string], at, halfLifeMs);
  }

  /** How far a resolver is trusted for a subgroup, 0 to 1; 0.5 for one that nobody has tried. */
  trust(subgroup: FailureSubgroup, resolver: string): number {
    return trustOf(this.context?.trusts[subgroup]?.[resolver]);
  }

  /** The adaptive ICAP threshold. */
  get threshold(): number {
    const { secr } = this.life.core.settings;
    return this.context?.threshold.value ?? secr.threshold.initial;
  }

  /** Settings that people keep as they are, by JSON pointer. */
  get pins(): Readonly<Record<string, Pin>> {
    return this.context?.pins ?? {};
  }

  /** `paused` after a reset, until somebody resumes. */
  get state(): 'watching' | 'resetting' | 'paused' {
    const value = this.life.core.engine.paths.at(secrPaths.coordinator)?.getSnapshot().value;
    return value === 'paused' ? 'paused' : typeof value === 'object' ? 'resetting' : 'watching';
  }

  /** Reports and proposals that were refused, by this process and by the coordinator. */
  get refusedCount(): number {
    return this.#refusedCount + (this.context?.refusedCount ?? 0);
  }

  /**
   * Adds a rule that every patch must obey, beside the schemas; the same name replaces one. Rules
   * belong to the process: add them again after a restart.
   *
   * @returns a function that takes it away.
   */
  rule(name: string, rule: PatchRule): () => void {
    checkText('name', name);
    this.#rules.set(name, rule);
    return () => this.#rules.delete(name);
  }

  /** Gives what re-runs the recent past; without it no patch is rehearsed. */
  rehearseWith(rehearse: Rehearse): void {
    this.#rehearse = rehearse;
  }

  /** Calls the listener with each failure, until undone. */
  onFailure(listener: (fact: Fact) => void): () => void {
    return this.#on('secr.failureReported', listener);
  }

  /** Calls the listener with each patch that has ended, and how, until undone. */
  onResolution(listener: (fact: Fact) => void): () => void {
    return this.#on('secr.resolved', listener);
  }

  /** Calls the listener with each move of the ICAP threshold, until undone. */
  onThreshold(listener: (fact: Fact) => void): () => void {
    return this.#on('secr.thresholdChanged', listener);
  }

  #on(type: string, listener: (fact: Fact) => void): () => void {
    return this.life.facts.on(type, listener);
  }

  /** Whatever is refused is counted. */
  #checked<T>(check: () => T): T {
    try {
      return check();
    } catch (error) {
      this.#refusedCount += 1;
      throw error;
    }
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const refusedError = (why: string) => new PatchRefusedError(`The patch was refused: ${why}.`);

const unrehearsed = {
  kind: 'notEvaluable',
  text: 'nothing is there that re-runs the recent past',
} as const;
