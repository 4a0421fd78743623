/**
 * Two hosts with a side each of a failover pair, a lease store and a receiver of effects, over a
 * bad link, as a function of a plan. What must hold is checked at the end.
 *
 * The receiver keeps a list that is read, extended and written as a whole, so that whoever writes
 * what it read too early takes acknowledged commands away.
 */
import { createActor } from 'xstate';
import { EpochFence } from '../../actors/epoch-fence.ts';
import { failoverPairActor } from '../../actors/failover-pair.ts';
import { type FailoverSettings, failoverSettingsSchema } from '../../config/failover-pair.ts';
import type { Side } from '../../machines/policies/failover-verdict.ts';
import { drawRatio } from '../../machines/policies/random.ts';
import { sleep } from '../../runtime/failover/beat.ts';
import { PairEdge } from '../../runtime/failover/pair-edge.ts';
import { memoryLeases } from '../../runtime/lease/memory-leases.ts';
import { distantLeases, Link, type LinkQuality, Processor, Timeline } from './pair-link.ts';

export interface Fault {
  /** `sick`: its checks fail; `slow`: its link delays and duplicates; `cut`: it loses all. */
  readonly kind: 'pause' | 'kill' | 'sick' | 'slow' | 'lossy' | 'cut';
  readonly side: Side;
  /** When it begins and how long it lasts, ms. */
  readonly atMs: number;
  readonly forMs: number;
}

export interface PairPlan {
  readonly seed: number;
  readonly policy: FailoverSettings['policy'];
  /** Of each host's clock. */
  readonly skews: readonly { readonly rate: number; readonly offsetMs: number }[];
  readonly faults: readonly Fault[];
}

export interface PairReport {
  /** What does not hold; undefined when all does. */
  readonly problem: string | undefined;
  readonly ackedCount: number;
  readonly refusedCount: number;
  /** Epochs under which something was done. */
  readonly epochs: readonly number[];
}

const calmMs = 2_500;
const good: LinkQuality = { lossRatio: 0, duplicateRatio: 0, delayMaxMs: 4 };
const qualities: Readonly<Record<string, LinkQuality>> = {
  slow: { lossRatio: 0.05, duplicateRatio: 0.3, delayMaxMs: 900 },
  lossy: { lossRatio: 0.4, duplicateRatio: 0.2, delayMaxMs: 60 },
  cut: { lossRatio: 1, duplicateRatio: 0, delayMaxMs: 0 },
};

const settingsOf = (policy: PairPlan['policy']): FailoverSettings =>
  failoverSettingsSchema.parse({
    policy,
    heartbeatMs: 100,
    checkTimeoutMs: 100,
    missedCountMax: 2,
    leaseMs: 250,
    switchTimeoutMs: 500,
    handOverMs: 500,
    syncEveryMs: 100_000,
    lagMaxMs: 200_000,
    stableMs: 300,
    stableMaxMs: 600,
    backoff: { minMs: 50, maxMs: 200 },
    flap: { switchCountMax: 1_000 },
    reportEveryMs: 200,
  });

/** Receives effects. Without its fence it takes whatever comes. */
class Receiver {
  list: readonly number[] = [];
  readonly log: { readonly command: number; readonly epoch: number }[] = [];
  refusedCount = 0;
  private readonly fence = new EpochFence();
  private readonly isFenced: boolean;
  private readonly done = new Set<string>();

  constructor(isFenced: boolean) {
    this.isFenced = isFenced;
  }

  private admit(epoch: number): void {
    if (this.fence.admits(epoch) || !this.isFenced) return;
    this.refusedCount += 1;
    throw new Error('an old epoch');
  }

  read(epoch: number): readonly number[] {
    this.admit(epoch);
    return this.list;
  }

  /** The same command under the same epoch is done once. */
  write(epoch: number, command: number, list: readonly number[]): void {
    this.admit(epoch);
    const id = `${command}.${epoch}`;
    if (this.done.has(id)) return;
    this.done.add(id);
    this.log.push({ command, epoch });
    this.list = list;
  }
}

class World {
  readonly time = new Timeline();
  readonly receiver: Receiver;
  readonly acked: { readonly command: number; readonly atMs: number }[] = [];
  private readonly plan: PairPlan;
  private readonly leases = memoryLeases(() => this.time.now);
  private readonly settings: FailoverSettings;
  private drawCount = 0;
  private lives = 0;

  constructor(plan: PairPlan, isFenced: boolean) {
    this.plan = plan;
    this.receiver = new Receiver(isFenced);
    this.settings = settingsOf(plan.policy);
    for (const side of ['primary', 'backup'] as const) this.start(side);
  }

  private readonly draw = (): number => {
    this.drawCount += 1;
    return drawRatio(this.plan.seed, this.drawCount);
  };

  private isHit(side: Side, kind: Fault['kind']): boolean {
    const { now } = this.time;
    return this.plan.faults.some(
      (fault) =>
        fault.side === side &&
        fault.kind === kind &&
        fault.atMs <= now &&
        now < fault.atMs + fault.forMs,
    );
  }

  private qualityOf(side: Side): LinkQuality {
    const kind = (['cut', 'slow', 'lossy'] as const).find((one) => this.isHit(side, one));
    return kind ? qualities[kind]! : good;
  }

  /** A life of one host, until it is killed. */
  private start(side: Side): void {
    const { plan, time } = this;
    this.lives += 1;
    const skew = plan.skews[side === 'primary' ? 0 : 1]!;
    const processor = new Processor(time, skew);
    const link = new Link(time, this.draw, () => this.qualityOf(side));
    this.host(side, processor, link, `life${this.lives}`);
    for (const { kind, side: hit, atMs, forMs } of plan.faults) {
      if (hit !== side || atMs < time.now || (kind !== 'pause' && kind !== 'kill')) continue;
      time.at(atMs, () => {
        if (processor.isDead) return;
        if (kind === 'pause') processor.pauseUntil(atMs + forMs);
        else {
          processor.isDead = true;
          time.at(atMs + forMs, () => this.start(side));
        }
      });
    }
  }

  private host(side: Side, processor: Processor, link: Link, life: string): void {
    const { clock } = processor;
    const { settings } = this;
    let list: readonly number[] | undefined;
    const read = async (epoch: number) => {
      list = await link.ask(processor, 80, () => this.receiver.read(epoch));
    };
    const own = {
      check: () => !this.isHit(side, 'sick'),
      activate: ({ epoch }: { readonly epoch: number }) => read(epoch),
      deactivate: () => {
        list = undefined;
      },
    };
    const other = { remote: true } as const;
    const edge = new PairEdge({
      name: 'pair',
      clock,
      store: distantLeases(this.leases, processor, link),
      sides: {
        primary: side === 'primary' ? own : other,
        backup: side === 'backup' ? own : other,
      },
      settings: () => settings,
      life,
    });
    const logic = failoverPairActor(
      {
        watch: (_input, tell) => {
          edge.watch(tell);
          return () => edge.unwatch();
        },
        acquire: (input, options) => edge.acquire(input, options),
        activate: (input, options) => edge.activate(input, options),
        standDown: (input, options) => edge.standDown(input, options),
      },
      () => '',
    );
    const input = { name: 'pair', settings, local: [side], seed: this.lives, at: clock.now() };
    const actor = createActor(logic, { input, clock: timersOf(processor) });
    actor.start();

    const step = async () => {
      const { held } = edge.role;
      if (held && edge.isActing && actor.getSnapshot().context.active === side) {
        await this.work(held.epoch, list, processor, link).then(
          (next) => {
            list = next;
          },
          () => read(held.epoch).catch(() => {}),
        );
      }
    };
    const loop = () => {
      void step().finally(() => clock.at(clock.now() + 40, loop));
    };
    processor.at(this.time.now, loop);
  }

  /** Does the next command, and acknowledges it once it is done. */
  private async work(
    epoch: number,
    list: readonly number[] | undefined,
    processor: Processor,
    link: Link,
  ): Promise<readonly number[]> {
    if (!list) throw new Error('not read yet');
    const command = list.length + 1;
    const next = [...list, command];
    // Between the decision and the effect a process may be paused.
    await sleep(processor.clock, 2);
    await link.ask(processor, 80, () => this.receiver.write(epoch, command, next));
    this.acked.push({ command, atMs: this.time.now });
    return next;
  }

  problem(endMs: number): string | undefined {
    const { log, list } = this.receiver;
    const late = log.findIndex(({ epoch }, index) => epoch < (log[index - 1]?.epoch ?? 0));
    if (late > 0) {
      return `epoch ${log[late]!.epoch} was obeyed after epoch ${log[late - 1]!.epoch}`;
    }
    const commands = log.map(({ command }) => command);
    const doubled = commands.find((command, index) => commands.indexOf(command) !== index);
    if (doubled !== undefined) return `command ${doubled} was done twice`;
    const lost = this.acked.find(({ command }) => !list.includes(command));
    if (lost) return `command ${lost.command} was acknowledged and is lost`;
    const isAlive = this.acked.some(({ atMs }) => atMs > endMs - 500);
    return isAlive ? undefined : 'nothing is done any more although the faults are over';
  }
}

/** Timers of a chart, by the clock of its host. */
function timersOf(processor: Processor) {
  const { clock } = processor;
  return {
    setTimeout: (run: () => void, ms: number) => clock.at(clock.now() + ms, run),
    clearTimeout: (withdraw: unknown) => (withdraw as (() => void) | undefined)?.(),
  };
}

/** Lives through a plan, and a calm time after its last fault. */
export async function livePair(plan: PairPlan, isFenced = true): Promise<PairReport> {
  const world = new World(plan, isFenced);
  const ends = plan.faults.map(({ atMs, forMs }) => atMs + forMs);
  const endMs = Math.max(1_000, ...ends) + calmMs;
  await world.time.runUntil(endMs);
  return {
    problem: world.problem(endMs),
    ackedCount: world.acked.length,
    refusedCount: world.receiver.refusedCount,
    epochs: [...new Set(world.receiver.log.map(({ epoch }) => epoch))],
  };
}
