/** Counts of turns and of what machines told, since the doors were opened. */
import type { Turn } from '../../engine/engine.ts';
import { inputKinds } from '../../export/filter.ts';
import { OutcomeCounts } from './outcomes.ts';
import { counter, type Family } from './text.ts';

const index = Object.fromEntries(inputKinds.map((kind, at) => [kind, at]));

/** Orders of the host as its facts tell of them. */
const orderFacts = ['sent', 'filled', 'rejected', 'refused', 'failed', 'unknown'] as const;

/** Kinds of facts that are told apart: the journal has them all. */
const factTypeCountMax = 500;

export class TurnCounts {
  private readonly turns = new Float64Array(inputKinds.length);
  private readonly facts = new Map<string, number>();
  private readonly outcomes = new OutcomeCounts();
  private downCount = 0;

  observe({ input, line }: Turn): void {
    this.turns[index[input.kind]!]! += 1;
    if (line.down) this.downCount += line.down.length;
    if (!line.facts) return;
    for (const fact of line.facts as readonly ({ readonly type?: string } | null)[]) {
      this.count(fact?.type);
      if (fact) this.outcomes.observe(fact);
    }
  }

  private count(type: string | undefined): void {
    if (type === undefined) return;
    const before = this.facts.get(type);
    if (before === undefined && this.facts.size >= factTypeCountMax) return;
    this.facts.set(type, (before ?? 0) + 1);
  }

  families(): readonly Family[] {
    const { facts, turns, downCount } = this;
    const counts = inputKinds.map((kind, at) => ({ value: turns[at]!, labels: { kind } }));
    const told = [...facts].map(([type, value]) => ({ value, labels: { type } }));
    const orders = orderFacts.flatMap((outcome) => {
      const value = facts.get(`order.${outcome}`);
      return value === undefined ? [] : [{ value, labels: { outcome } }];
    });
    return [
      counter('kintsugi_turns_total', 'Entries that were handled, by kind.', counts),
      counter('kintsugi_facts_total', 'What machines told, by type.', told),
      counter('kintsugi_actor_failures_total', 'Actors that went down.', [{ value: downCount }]),
      counter('kintsugi_orders_total', 'Orders of the host by what became of them.', orders),
      ...this.outcomes.families(),
    ];
  }
}
