/**
 * A runtime for tests: memory journal, simulated clock, no ambient time or chance, frozen contexts.
 */
import { type SimulatedClock, simulatedClock } from '../clock/simulated.ts';
import { createRuntime } from '../create-runtime.ts';
import type { InputLine, TurnLine } from '../journal/format.ts';
import { isInput, isTurn } from '../journal/format.ts';
import { memoryJournal } from '../journal/memory-log.ts';
import { readJournal } from '../journal/read.ts';
import type { RuntimeOptions } from '../options.ts';
import { type ReplayResult, replayJournal } from '../replay/replay.ts';
import type { Runtime } from '../runtime.ts';
import { trapped } from './traps.ts';

export interface TestRuntime extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly clock: SimulatedClock;
  send: Runtime['send'];
  snapshot: Runtime['snapshot'];
  /** Moves logical time on by `ms` and lets everything due run. */
  advance(ms: number): Promise<void>;
  /** Crashes the actor under a path: at once, or in place of the next event that it is sent. */
  crash(
    path: string,
    options?: { readonly at?: 'now' | 'next-event'; readonly why?: string },
  ): void;
  /** Lets everything that is running come to rest, without moving time. */
  settle(): Promise<void>;
  digest(): string;
  /** Everything journaled so far: inputs with what their turns did. */
  journal(): Promise<{ readonly input: InputLine; readonly turn: TurnLine }[]>;
  /** Effects asked for so far. */
  effects(): Promise<NonNullable<TurnLine['effects']>[number][]>;
  /** Replays what was journaled so far, with the same tree. */
  replay(): Promise<ReplayResult>;
}

/** @throws what `createRuntime` and `start` throw. */
export async function testRuntime(
  options: Omit<RuntimeOptions, 'clock' | 'journal' | 'around' | 'freeze'> & {
    readonly startMs?: number;
  } = {},
): Promise<TestRuntime> {
  const clock = simulatedClock({ startMs: options.startMs ?? 0 });
  const journal = memoryJournal();
  const runtime = await createRuntime({
    nameable: true,
    ...options,
    clock,
    journal,
    around: trapped,
    freeze: true,
  });
  await runtime.start();
  const lines = async () => {
    await runtime.flush();
    const rows: { input: InputLine; turn: TurnLine }[] = [];
    let input: InputLine | undefined;
    for await (const line of readJournal(journal.log)) {
      if (isInput(line)) input = line;
      else if (isTurn(line) && input) rows.push({ input, turn: line });
    }
    return rows;
  };
  return {
    runtime,
    clock,
    send: (path, event) => runtime.send(path, event),
    snapshot: (path) => runtime.snapshot(path),
    advance: async (ms) => {
      await clock.advance(ms);
    },
    crash: (path, { at = 'now', why = 'crashed by a test' } = {}) =>
      runtime.command({ command: 'crash', path, at, why }),
    settle: () => clock.settle(),
    digest: () => runtime.digest,
    journal: lines,
    effects: async () => (await lines()).flatMap(({ turn }) => turn.effects ?? []),
    replay: async () => {
      await runtime.flush();
      const { tree, children = {}, nameable = true } = options;
      return replayJournal(journal.log, { ...(tree ? { tree } : {}), children, nameable });
    },
    [Symbol.asyncDispose]: () => runtime.stop(),
  };
}
