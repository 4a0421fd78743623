/**
 * How the paper host brings itself up: ten components, each after all that it needs. It is made at
 * the start of each life, and again while something is missing; bars are taken meanwhile.
 */
import { paperPaths } from '../../actors/paper/tree.ts';
import type { RecoveryComponent } from '../../actors/recovery.ts';
import { safeguardPaths } from '../../actors/safeguards.ts';
import type { Book } from '../../machines/paper/book.ts';
import type { TradingModeContext } from '../../machines/trading-mode.ts';
import type { SimulatedClock } from '../clock/simulated.ts';
import type { RecoveryReport } from '../recovery.ts';
import type { Runtime } from '../runtime.ts';
import type { Gateways } from './gateways.ts';

export interface StartWorld {
  readonly runtime: Runtime;
  readonly clock: SimulatedClock;
  readonly gateways: Gateways;
  /** Reports the health of the host for the first time. */
  readonly reportHealth: () => void;
}

/** Name of the plan, and of the reason for which trading is restricted without it. */
export const START = 'start';

/** While a component that has this mode is missing, positions are only reduced. */
const reducedMode = 'reduceOnly';

type Components = Record<string, RecoveryComponent>;

/** What each needs has to work before it starts. */
export function startComponents(world: StartWorld): Components {
  const { runtime, gateways, reportHealth } = world;
  const { sides } = gateways;
  const wayOf = (side: string) => `${side}Way`;
  const lookAt = (side: (typeof sides)[number]): RecoveryComponent => ({
    // One of them has to work: the pair says so.
    priority: side === 'primary' ? 'core' : 'supporting',
    dependsOn: ['journal'],
    start: ({ signal, attempt }) =>
      gateways.look(side, { signal, callId: callId(world, side, attempt) }),
  });
  const ways = Object.fromEntries(sides.map((side) => [wayOf(side), lookAt(side)]));
  const pair: Components = {
    pair: {
      ...{ priority: 'critical', reducedMode, dependsOn: ['journal'] },
      start: () => gateways.join(),
      validate: ({ signal }) => until(runtime, () => gateways.isOpen, signal),
    },
  };
  return {
    journal: {
      priority: 'critical',
      start: () => held(world, runtime.flush()),
      validate: () => runtime.status === 'running',
    },
    ...ways,
    ...(sides.length > 1 ? pair : {}),
    ...sessionComponents(world, sides.length > 1 ? 'pair' : wayOf('primary')),
    feed: {
      dependsOn: ['journal'],
      dataAgeMaxMs: runtime.settings.current.paper.feed.staleAfterMs,
      start: () => ensureUp(runtime, paperPaths.monitor),
      restore: () => lastBar(runtime),
      validate: () => isUp(runtime, paperPaths.monitor),
    },
    strategy: {
      dependsOn: ['feed'],
      start: () => ensureUp(runtime, paperPaths.strategy),
      validate: () => isUp(runtime, paperPaths.strategy),
    },
    health: {
      ...{ priority: 'supporting', dependsOn: ['feed'] },
      start: reportHealth,
      validate: () => Number.isFinite(runtime.health.report().score),
    },
  };
}

/** Session, what it knows of the broker, and the account that has to agree with that. */
function sessionComponents(world: StartWorld, way: string): Components {
  const { runtime, clock, gateways } = world;
  const context = <C>(path: string) => runtime.snapshot(path)?.context as C | undefined;
  const has = (tag: string) => runtime.snapshot(paperPaths.session)?.tags.includes(tag) === true;
  return {
    session: {
      ...{ priority: 'critical', reducedMode, dependsOn: [way] },
      start: () => {
        // After a restart nobody knows what the broker did meanwhile.
        if (!runtime.isContinued) return;
        runtime.send(paperPaths.session, { type: 'RECONCILE', at: clock.now() });
      },
      validate: ({ signal }) => until(runtime, () => has('loggedIn'), signal),
    },
    reconciliation: {
      ...{ priority: 'critical', reducedMode, dependsOn: ['session'] },
      start: ({ signal }) => {
        const mode = () => context<TradingModeContext>(safeguardPaths.tradingMode);
        return until(runtime, () => mode()?.isReconciled === true, signal);
      },
    },
    account: {
      dependsOn: ['reconciliation'],
      start: () => ensureUp(runtime, paperPaths.account),
      validate: async ({ signal, attempt }) => {
        const call = { signal, callId: callId(world, 'account', attempt) };
        const told = await gateways.broker.account(call);
        const known = context<Book>(paperPaths.account)?.positionQuantity;
        // An order that is out may be filled and not be booked yet.
        if (has('orderOut') || told.positionQuantity === known) return;
        throw new Error(`the account has ${known}, the broker ${told.positionQuantity}`);
      },
    },
  };
}

const callId = ({ clock }: StartWorld, name: string, attempt: number): string =>
  `${START}.${name}.${clock.now()}.${attempt}`;

const isUp = (runtime: Runtime, path: string) => runtime.snapshot(path)?.status === 'active';

async function ensureUp(runtime: Runtime, path: string): Promise<void> {
  if (!isUp(runtime, path)) await runtime.restart(path);
}

function lastBar(runtime: Runtime): { readonly dataAtMs: number } | undefined {
  const monitor = runtime.snapshot(paperPaths.monitor)?.context as { lastBarAt?: number };
  return monitor?.lastBarAt ? { dataAtMs: monitor.lastBarAt } : undefined;
}

/** Real time that a step takes is none in the logical one. */
function held<T>({ clock }: StartWorld, real: Promise<T>): Promise<T> {
  clock.hold(real);
  return real;
}

/** Waits for what facts tell of; rejects when the time of the step is over. */
function until(runtime: Runtime, holds: () => boolean, signal: AbortSignal): Promise<void> {
  if (holds()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = runtime.on('*', () => {
      if (!holds()) return;
      end();
      resolve();
    });
    const giveUp = () => {
      end();
      reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** Carries the plan out, and again after a while as long as something is missing. */
export class StartUp {
  private readonly world: StartWorld;
  private withdraw = (): void => {};

  constructor(world: StartWorld) {
    this.world = world;
  }

  /** Returns at once: what it does comes at its logical time. */
  begin(): void {
    const { runtime } = this.world;
    // After an emergency nothing is brought up before a reset.
    if (runtime.status !== 'running' || !isUp(runtime, '/paper/broker')) return;
    const { gateways } = this.world;
    // There is nothing to wait for, and a pair of an earlier life may have to go.
    if (gateways.sides.length === 1) gateways.join();
    const components = startComponents(this.world);
    runtime.recovery.run({ id: START, components }).then(
      (report) => this.follow(report),
      // Another plan of an earlier life is under way, until its deadline; or this life ends.
      () => this.later(),
    );
  }

  stop(): void {
    this.withdraw();
  }

  private follow({ outcome, reducedModes, components }: RecoveryReport): void {
    const { runtime } = this.world;
    if (runtime.status !== 'running') return;
    const isRestricted = Object.hasOwn(runtime.tradingMode.reasons, START);
    const isSafe = outcome !== 'failed' && !reducedModes.includes(reducedMode);
    if (!isSafe && !isRestricted) {
      const missing = components.filter(({ recoveryMs }) => recoveryMs === null);
      // What was skipped needs one of those that have failed.
      const failed = missing.filter(({ status }) => status === 'failed');
      const causes = failed.map(({ id, why }) => `${id}: ${why}`).join('; ');
      const why = `not there: ${missing.map(({ id }) => id).join(', ')} (${causes})`;
      runtime.tradingMode.reduceOnly({ by: START, why });
    } else if (isSafe && isRestricted) {
      const why = 'all that is needed is there';
      runtime.tradingMode.resume({ scope: START, by: START, why });
    }
    if (outcome !== 'recovered') this.later();
  }

  private later(): void {
    const { runtime, clock } = this.world;
    if (runtime.status !== 'running') return;
    const { startRetryMs } = runtime.settings.current.paper;
    this.withdraw = clock.at(clock.now() + startRetryMs, () => this.begin());
  }
}
