/** One journal, and one process after another that goes on with it. */
import { type SimulatedClock, simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Journal, type JournalOptions } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import type { RuntimeOptions } from '../../runtime/options.ts';
import type { Runtime } from '../../runtime/runtime.ts';

/** One log, and one process after another that writes to it. */
export function lives(options: RuntimeOptions = {}, log = memoryLog()) {
  return {
    log,
    async next(startMs: number, over: RuntimeOptions = {}): Promise<Life> {
      const clock = simulatedClock({ startMs });
      const given = options.settings as { journal?: JournalOptions } | undefined;
      const journal = new Journal(log, given?.journal);
      const runtime = await createRuntime({ ...options, clock, journal, ...over });
      await runtime.start();
      await clock.settle();
      return Object.assign(runtime, { time: clock });
    },
    async inputs() {
      const inputs: { kind: string; path: string; at: number; event: unknown }[] = [];
      for await (const line of readJournal(log)) if ('seq' in line) inputs.push(line);
      return inputs;
    },
  };
}
export type Life = Runtime & { time: SimulatedClock };
