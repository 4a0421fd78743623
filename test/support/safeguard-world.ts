/** A runtime with all its safeguards, whatever is done to them, and what must hold meanwhile. */
import { expect } from 'vitest';
import { fromCallback } from 'xstate';
import { child, supervisor } from '../../actors/child.ts';
import type { EmergencyRequest, EmergencyStepReport } from '../../actors/ports.ts';
import { safeguardPaths as paths } from '../../actors/safeguards.ts';
import { ResetRefusedError } from '../../actors/safety.ts';
import { builtInCapabilities, type PostureSettings } from '../../config/posture.ts';
import type { DegradationContext } from '../../machines/degradation.ts';
import type { EmergencyOutcome, EmergencyPlanContext } from '../../machines/emergency-plan.ts';
import type { HealthMonitorContext } from '../../machines/health-monitor.ts';
import type { SafetyContext } from '../../machines/safety.ts';
import type { TradingModeContext } from '../../machines/trading-mode.ts';
import { type TestRuntime, testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectReplays } from './expect-replays.ts';

export const behaviours = ['passes', 'fails', 'throws', 'hangs', 'NaN'] as const;
type Behaviour = (typeof behaviours)[number];

export const childNames = [
  ...['alerts', 'posture', 'degradation', 'tradingMode', 'plan', 'safety', 'health', 'probes'],
] as readonly Exclude<keyof typeof paths, 'root'>[];
type ChildName = (typeof childNames)[number];

export type Act = (world: SafeguardWorld) => unknown;

/** How the venue answers the plan. */
type Venue = 'flat' | 'left' | 'blind' | 'refuses' | 'throws' | 'hangs';

const regions = ['degradation', 'safety', 'tradingMode'] as const;
type Region = (typeof regions)[number];

interface Reason {
  halted: boolean;
  afterPlan: boolean;
}

const by = { by: 'ada', why: 'test' };
const tree = supervisor({
  id: 'app',
  children: [child({ id: 'trader', logic: fromCallback(() => {}) })],
});

export class SafeguardWorld implements AsyncDisposable {
  venue: Venue = 'flat';
  readonly t: TestRuntime;
  readonly #behaviour: Record<string, Behaviour> = {};
  readonly #hanging: ((report: EmergencyStepReport) => void)[];
  readonly #ended: { outcome: EmergencyOutcome | undefined }[] = [];
  /** The last word of each region, and what the posture last knew of it. */
  readonly #word: Record<Region, string> = { degradation: '', safety: '', tradingMode: '' };
  #forbidden: ReadonlySet<string> = new Set();
  #postureSettings: PostureSettings;
  /** The trading mode once more: who restricts it. */
  readonly #reasons = new Map<string, Reason>();
  #isReconciled = false;
  /** Open alerts are known to be those of the safety manager. */
  #isToldAll = true;

  private constructor(t: TestRuntime, hanging: ((report: EmergencyStepReport) => void)[]) {
    this.t = t;
    this.#hanging = hanging;
    this.#postureSettings = t.runtime.settings.current.posture;
    for (const id of ['broker', 'feed', 'disk']) {
      this.#behaviour[id] = 'passes';
      const critical = id !== 'disk';
      t.runtime.health.probe({ id, critical, check: () => this.#check(id) });
    }
    t.runtime.health.gauge('latency', 3, { max: 20 });
    t.runtime.on('*', (fact) => this.#follow(fact));
  }

  static async begin(): Promise<SafeguardWorld> {
    const hanging: ((report: EmergencyStepReport) => void)[] = [];
    let world: SafeguardWorld | undefined;
    const act = (step: string) => (request: EmergencyRequest) =>
      world!.#act(step, request.how === 'blind');
    const emergency = {
      cancelOrders: act('cancelOrders'),
      reducePosition: act('reducePosition'),
    };
    const t = await testRuntime({ tree, ports: { emergency } });
    world = new SafeguardWorld(t, hanging);
    await world.do(() => {});
    return world;
  }

  [Symbol.asyncDispose]() {
    return this.t[Symbol.asyncDispose]();
  }

  async do(act: Act): Promise<void> {
    await act(this);
    await this.t.settle();
    this.check();
  }

  // What is done.

  behave(id: string, how: Behaviour): void {
    this.#behaviour[id] = how;
  }

  restrict(how: 'halt' | 'reduceOnly', source: string): void {
    this.t.runtime.tradingMode[how]({ by: source, why: 'test' });
    this.#restrict(source, how === 'halt', false);
  }

  resume(scope: string): void {
    const { tradingMode } = this.t.runtime;
    const resume = () => tradingMode.resume({ scope, ...by });
    if (!this.#isUp('tradingMode') || !this.#reasons.has(scope)) {
      expect(resume).toThrow(RangeError);
      return;
    }
    resume();
    this.#resume(scope);
  }

  reconcile(isReconciled: boolean): void {
    this.t.runtime.tradingMode[isReconciled ? 'reconciled' : 'reconcile'](by);
    if (this.#isUp('tradingMode')) this.#isReconciled = isReconciled;
  }

  failLogin(): void {
    this.t.runtime.safety.authenticationFailed({ why: 'key' });
    if (!this.#isUp('safety')) this.#restrict('safety', true, false);
    expect(this.t.runtime.posture.allows('orders.open')).toBe(
      !this.#isUp('tradingMode') && this.t.runtime.posture.allows('orders.open'),
    );
  }

  emergency(): void {
    const ended: { outcome: EmergencyOutcome | undefined } = { outcome: undefined };
    this.#ended.push(ended);
    void this.t.runtime.safety.emergency(by).then((outcome) => {
      ended.outcome = outcome;
    });
    if (!this.#isUp('plan')) this.#restrict('safety', false, false);
  }

  reset(scope: string): void {
    const { safety } = this.t.runtime;
    const before = this.#context<SafetyContext>('safety');
    const isRefused =
      !before ||
      scope === 'everything' ||
      (scope !== 'metrics' && before.emergency !== null && !this.#isUp('plan')) ||
      (scope !== 'metrics' && before.emergency !== null && before.outcome === null) ||
      (scope === 'trading' && before.emergency === null && before.halt === null);
    const reset = () => safety.reset({ scope: scope as 'all', ...by });
    if (isRefused) expect(reset).toThrow(ResetRefusedError);
    else reset();
  }

  /** The oldest call that hangs is answered. */
  answer(isDone: boolean): void {
    this.#hanging.shift()?.({ isDone });
  }

  crash(name: ChildName): void {
    if (name !== 'probes') this.t.crash(paths[name]);
    else this.t.crash(`${paths.probes}/broker`);
  }

  async stop(name: ChildName): Promise<void> {
    await this.t.runtime.stopChild(paths[name]);
    if (name === 'alerts' || name === 'safety') this.#isToldAll = false;
  }

  async restart(name: ChildName): Promise<void> {
    const isKept = (region: Region) => this.#isUp(region);
    await this.t.runtime.restart(paths[name]);
    if (name === 'alerts' || name === 'safety') this.#isToldAll = false;
    if (name === 'posture') {
      for (const region of regions) if (!isKept(region)) this.#word[region] = 'unknown';
    }
    if (name !== 'tradingMode') return;
    this.#reasons.clear();
    this.#isReconciled = !this.t.runtime.settings.current.tradingMode.reconcileAtStart;
    const plan = this.#tagOfPlan();
    if (plan) this.#restrict('emergencyPlan', plan === 'stopped', plan === 'stopped');
    if (this.#context<SafetyContext>('safety')?.halt) this.#restrict('safety', true, false);
  }

  patch(path: string, value: unknown): void {
    this.t.runtime.settings.patch([{ op: 'replace', path, value }], by);
  }

  acknowledge(): void {
    const { alerts } = this.t.runtime;
    const open = alerts.list().find(({ state }) => state !== 'resolved');
    if (open) alerts.acknowledge(open.id, { by: 'ada' });
  }

  // The world around.

  #check(id: string): unknown {
    const how = this.#behaviour[id];
    if (how === 'throws') throw new Error('down');
    if (how === 'hangs') return new Promise(() => {});
    return how === 'NaN' ? Number.NaN : how === 'passes';
  }

  async #act(step: string, isBlind: boolean): Promise<EmergencyStepReport> {
    const left = { quantity: 0.7, isVerified: !isBlind };
    const isLast = step === 'reducePosition';
    if (this.venue === 'hangs') return new Promise((resolve) => this.#hanging.push(resolve));
    if (this.venue === 'throws') throw new Error('no route');
    if (this.venue === 'refuses') return { isDone: false, why: '503' };
    if (this.venue === 'left' && isLast) return { isDone: false, why: 'in part', remaining: left };
    if (this.venue === 'blind' && !isBlind) return { isDone: false, why: 'no account' };
    if (!isLast) return { isDone: true };
    return { isDone: true, remaining: { quantity: 0, isVerified: !isBlind } };
  }

  // The model.

  #restrict(source: string, halted: boolean, afterPlan: boolean): void {
    if (!this.#isUp('tradingMode')) return;
    const known = this.#reasons.get(source);
    this.#reasons.set(source, {
      halted: halted || known?.halted === true,
      afterPlan: afterPlan || known?.afterPlan === true,
    });
  }

  #resume(source: string): void {
    if (!this.#isUp('tradingMode')) return;
    const { reconcileAtStart } = this.t.runtime.settings.current.tradingMode;
    if (this.#reasons.get(source)?.afterPlan && reconcileAtStart) this.#isReconciled = false;
    this.#reasons.delete(source);
  }

  /** What others do to the trading mode. */
  #follow(fact: { readonly type: string; readonly [field: string]: unknown }): void {
    if (fact.type === 'emergency.started') this.#restrict('emergencyPlan', false, false);
    if (fact.type === 'emergency.stopped') this.#restrict('emergencyPlan', true, true);
    if (fact.type === 'emergency.released') this.#resume('emergencyPlan');
    if (fact.type === 'safety.tradingHalted') this.#restrict('safety', true, false);
    const { released } = fact as { released?: readonly string[] };
    if (fact.type === 'safety.reset' && released?.length) this.#resume('safety');
  }

  #modelMode(): string {
    const reasons = [...this.#reasons.values()];
    if (reasons.some(({ afterPlan }) => afterPlan)) return 'haltedAfterPlan';
    if (reasons.some(({ halted }) => halted)) return 'halted';
    if (!this.#isReconciled) return 'reconciling';
    return reasons.length > 0 ? 'reduceOnly' : 'open';
  }

  // What must hold.

  #isUp(name: ChildName): boolean {
    return this.t.snapshot(paths[name])?.status === 'active';
  }

  #context<C>(name: ChildName): C | undefined {
    return this.#isUp(name) ? (this.t.snapshot(paths[name])?.context as C) : undefined;
  }

  #tagOfPlan(): 'acting' | 'stopped' | undefined {
    const tags = this.#isUp('plan') ? this.t.snapshot(paths.plan)?.tags : undefined;
    return (['acting', 'stopped'] as const).find((tag) => tags?.includes(tag));
  }

  check(): void {
    this.#checkPosture();
    this.#checkTradingMode();
    this.#checkEmergency();
    this.#checkLevels();
    this.#checkAlerts();
  }

  /** The meet once more, from the table itself and from what each region says of itself. */
  #checkPosture(): void {
    const { posture, settings } = this.t.runtime;
    const told: Record<Region, string | undefined> = {
      degradation: this.#context<DegradationContext>('degradation')?.level,
      safety: this.#context<SafetyContext>('safety')?.level,
      tradingMode: this.#context<TradingModeContext>('tradingMode')?.mode,
    };
    const isUp = this.#isUp('posture');
    if (isUp) {
      this.#postureSettings = settings.current.posture;
      for (const region of regions) this.#word[region] = told[region] ?? this.#word[region];
      const names = regions.flatMap((region) => {
        const table = this.#postureSettings[region] as Record<string, { forbids: string[] }>;
        return table[this.#word[region]]?.forbids ?? this.#postureSettings.unknownForbids;
      });
      this.#forbidden = new Set(names);
    }
    const forbidden = new Set(this.#forbidden);
    if (!isUp) for (const name of this.#postureSettings.downForbids) forbidden.add(name);
    const refused = builtInCapabilities.filter((name) => !posture.allows(name));
    expect(refused).toEqual(builtInCapabilities.filter((name) => forbidden.has(name)));
    if (forbidden.has('orders.reduce') || forbidden.has('orders.cancel')) {
      expect(this.#word.tradingMode).toBe('haltedAfterPlan');
    }
  }

  #checkTradingMode(): void {
    const context = this.#context<TradingModeContext>('tradingMode');
    if (!context) return;
    expect(Object.keys(context.reasons).sort()).toEqual([...this.#reasons.keys()].sort());
    expect(context.mode).toBe(this.#modelMode());
  }

  /** Plan, manager and mode agree, however they were restarted. */
  #checkEmergency(): void {
    const tag = this.#tagOfPlan();
    const safety = this.#context<SafetyContext>('safety');
    if (tag) expect(this.t.runtime.safety.state).toBe('emergency');
    if (tag && safety) {
      expect([safety.level, safety.emergency !== null]).toEqual(['emergency', true]);
      expect(this.t.runtime.posture.allows('orders.open')).toBe(false);
    }
    if (tag !== 'stopped') return;
    const { outcome } = this.t.runtime.safety;
    const { remaining } = this.#context<EmergencyPlanContext>('plan')!;
    expect(outcome?.isFlat).toBe(remaining?.quantity === 0 && remaining.isVerified);
    const named = `stopped, remaining position ${remaining?.quantity ?? 'unknown'}`;
    expect(outcome?.text.startsWith(outcome.isFlat ? 'stopped, flat' : named)).toBe(true);
    expect(this.t.snapshot('/app/trader')?.status).toBe('idle');
  }

  /** Worse at once: no level is better than what is known of health. */
  #checkLevels(): void {
    const { degradation: settings, safety: limits } = this.t.runtime.settings.current;
    const health = this.#context<HealthMonitorContext>('health');
    const degradation = this.#context<DegradationContext>('degradation');
    const isTold = health && Object.keys(health.components).length > 0;
    if (degradation && isTold && !degradation.hold) {
      const least = [
        ...[settings.normalScoreMin, settings.level1ScoreMin],
        ...[settings.level2ScoreMin, settings.level3ScoreMin],
      ].findIndex((min) => health.score >= min);
      const names = ['normal', 'level1', 'level2', 'level3', 'emergency'];
      const rank = least === -1 ? 4 : least;
      expect(names.indexOf(degradation.level)).toBeGreaterThanOrEqual(rank);
    }
    const safety = this.#context<SafetyContext>('safety');
    if (!safety || !isTold) return;
    const all = Object.values(health.components);
    const isCritical =
      health.score < limits.criticalScore ||
      all.some(({ state, critical }) => critical && state === 'down');
    const isDegraded =
      health.score < limits.degradedScore || all.some(({ state }) => state !== 'passing');
    const rank = ['healthy', 'degraded', 'critical', 'emergency'].indexOf(safety.level);
    expect(rank).toBeGreaterThanOrEqual(isCritical ? 2 : isDegraded ? 1 : 0);
  }

  #checkAlerts(): void {
    const safety = this.#context<SafetyContext>('safety');
    if (!safety || !this.#isUp('alerts') || !this.#isToldAll) return;
    const open = this.t.runtime.alerts.list().filter(({ state }) => state !== 'resolved');
    const isOpen = open.some(({ key }) => key === 'safety');
    expect(isOpen).toBe(safety.level !== 'healthy');
    expect(open.some(({ key }) => key === 'safety.halt')).toBe(safety.halt !== null);
  }

  /** Everybody comes back, every emergency has ended, and the journal explains it all. */
  async end(): Promise<void> {
    for (const name of childNames) {
      if (name !== 'probes' && !this.#isUp(name)) await this.do((world) => world.restart(name));
    }
    await this.do(({ t }) => t.advance(60_000));
    expect(this.#tagOfPlan()).not.toBe('acting');
    expect(this.#ended.every(({ outcome }) => outcome !== undefined)).toBe(true);
    if (this.t.runtime.safety.state === 'emergency') {
      await this.do((world) => world.reset('all'));
    }
    expect(this.t.runtime.safety.state).not.toBe('emergency');
    await expectReplays(this.t);
  }
}
