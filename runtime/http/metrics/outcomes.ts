/** How what takes its time has ended: counted when the machines tell it, never looked for. */
import { counter, type Family, summary } from './text.ts';

interface Told {
  readonly type?: string;
  readonly [field: string]: unknown;
}

/** Facts that are told apart by one of their fields, whose values are ours and few. */
const kinds = {
  'failover.switched': {
    field: 'cause',
    name: 'kintsugi_failover_switches_total',
    help: 'Switches of failover pairs by their cause.',
  },
  'failover.failed': {
    field: 'cause',
    name: 'kintsugi_failover_failures_total',
    help: 'Switches of failover pairs that failed, by their cause.',
  },
  'recovery.ended': {
    field: 'outcome',
    name: 'kintsugi_recoveries_total',
    help: 'Recoveries by what they came to.',
  },
  'secr.failureReported': {
    field: 'group',
    name: 'kintsugi_failures_total',
    help: 'Failures that were reported, by group.',
  },
  'secr.resolved': {
    field: 'verdict',
    name: 'kintsugi_patches_total',
    help: 'Patches of settings by the verdict on them.',
  },
} as const;

type Kind = keyof typeof kinds;

const isKind = (type: string | undefined): type is Kind => type !== undefined && type in kinds;

/** Sum and count of times, logical ms. */
class Times {
  private sumMs = 0;
  private count = 0;

  add(ms: number): void {
    this.sumMs += ms;
    this.count += 1;
  }

  /** Undefined before the first. */
  get numbers() {
    return this.count > 0 ? { sum: this.sumMs / 1_000, count: this.count } : undefined;
  }
}

export class OutcomeCounts {
  private readonly counts = new Map<Kind, Map<string, number>>();
  private readonly switches = new Times();
  private readonly recoveries = new Times();

  observe(fact: Told): void {
    const { type } = fact;
    if (!isKind(type)) return;
    const value = String(fact[kinds[type].field]);
    const counts = this.counts.get(type) ?? new Map<string, number>();
    this.counts.set(type, counts);
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (type === 'failover.switched') this.switches.add(Number(fact['tookMs']));
    if (type !== 'recovery.ended') return;
    this.recoveries.add(Number(fact['endedAtMs']) - Number(fact['outageAtMs']));
  }

  families(): readonly Family[] {
    return [
      ...[...this.counts].map(([type, values]) => {
        const { name, help, field } = kinds[type];
        const samples = [...values].map(([value, count]) => ({
          value: count,
          labels: { [field]: value },
        }));
        return counter(name, help, samples);
      }),
      summary(
        'kintsugi_failover_switch_seconds',
        'Logical time from the decision to the other side.',
        this.switches.numbers,
      ),
      summary(
        'kintsugi_recovery_seconds',
        'Logical time from the outage to the end of its recovery.',
        this.recoveries.numbers,
      ),
    ];
  }
}
