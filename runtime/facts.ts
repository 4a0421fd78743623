/** Who listens to which facts. A listener that throws harms nobody else. */
import type { Turn } from './engine/engine.ts';
import type { Fact } from './options.ts';

type Listener = (fact: Fact) => void;

export class Facts {
  private readonly listeners = new Map<string, Set<Listener>>();

  private readonly failed: (error: unknown, fact: string) => void;

  constructor(failed: (error: unknown, fact: string) => void) {
    this.failed = failed;
  }

  on(type: string, listener: Listener): () => void {
    const set = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, set.add(listener));
    return () => set.delete(listener);
  }

  publish({ line, input }: Turn): void {
    if (!line.facts || this.listeners.size === 0) return;
    for (const json of line.facts) {
      const fact = { at: input.at, seq: input.seq, ...(json as object) } as unknown as Fact;
      for (const key of [fact.type, '*']) {
        for (const listener of this.listeners.get(key) ?? []) this.tell(listener, fact);
      }
    }
  }

  /** The same listener, but its throws harm nobody else. */
  guarded<T>(listener: (value: T) => void): (value: T) => void {
    return (value) => {
      try {
        listener(value);
      } catch (error) {
        this.failed(error, 'observe');
      }
    };
  }

  private tell(listener: Listener, fact: Fact): void {
    try {
      listener(fact);
    } catch (error) {
      this.failed(error, fact.type);
    }
  }
}
