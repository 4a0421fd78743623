/** A class with protected methods. Node cannot run the `@` form: a test compiles this file. */
import type { Protection } from '../../actors/protect.ts';

export function quotesClass(call: Protection, protect: () => Protection<string>) {
  class Quotes {
    readonly seen: unknown[] = [];
    #price = 7;

    /** Fails as often as it is told, and tells of its signal. */
    @call
    async price(symbol: string, failures = 0): Promise<string> {
      const { attempt, signal, key } = call.current;
      this.seen.push({ attempt, key });
      if (attempt <= failures) throw Object.assign(new Error('down'), { retryable: true });
      await Promise.resolve();
      return `${symbol} ${this.#price} ${signal.aborted}`;
    }

    @protect()
    static async latest(): Promise<string> {
      throw new Error('no');
    }
  }
  return Quotes;
}
