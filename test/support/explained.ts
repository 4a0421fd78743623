/** Runs a small tree over simulated time, then explains what its journal holds. */
import { type AnySpec, supervisor } from '../../actors/child.ts';
import type { EventLog } from '../../actors/ports.ts';
import { type SimulatedClock, simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { explain } from '../../runtime/explain/explain.ts';
import type { Explanation } from '../../runtime/explain/explanation.ts';
import { explanationText } from '../../runtime/explain/explanation-text.ts';
import type { Story, StoryQuery } from '../../runtime/explain/story.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import { readJournal } from '../../runtime/journal/read.ts';
import type { Runtime } from '../../runtime/runtime.ts';

export interface Explained {
  readonly log: EventLog;
  readonly tree: ReturnType<typeof supervisor>;
  why(seq: number): Promise<Explanation>;
  text(seq: number): Promise<string>;
  /** Lines of one section of the text, without their indent of two. */
  section(seq: number, title: string): Promise<readonly string[]>;
  story(query: StoryQuery): Promise<Story>;
}

/** What was said of one decision. */
export interface ToldDecision {
  readonly type: string;
  readonly text: string;
  readonly agrees: boolean;
}

/** All decisions that a journal holds, as they are explained. */
export async function decisionsIn(
  log: EventLog,
  why: (seq: number) => Promise<Explanation>,
): Promise<readonly ToldDecision[]> {
  const told: ToldDecision[] = [];
  for await (const line of readJournal(log)) {
    if (!('seq' in line)) continue;
    for (const one of (await why(line.seq)).happened) {
      if (one.kind !== 'fact' || !one.judgement) continue;
      const { type } = one.fact as { readonly type: string };
      const { text, agrees } = one.judgement;
      told.push({ type, text, agrees });
    }
  }
  return told;
}

export async function explained(
  children: readonly AnySpec[],
  play: (runtime: Runtime, clock: SimulatedClock) => unknown,
  options: Partial<Parameters<typeof supervisor>[0]> = {},
): Promise<Explained> {
  const log = memoryLog();
  const tree = supervisor({ id: 'app', children, ...options });
  const clock = simulatedClock();
  const runtime = await createRuntime({ tree, clock, journal: new Journal(log) });
  await runtime.start();
  await play(runtime, clock);
  await clock.settle();
  await runtime.stop();
  const why = (seq: number) => explain(log, { seq }, { tree });
  const text = async (seq: number) => explanationText(await why(seq));
  return {
    log,
    tree,
    why,
    text,
    async section(seq, title) {
      const lines = (await text(seq)).split('\n');
      const first = lines.findIndex((line) => line.startsWith(title)) + 1;
      const rest = lines.slice(first);
      const end = rest.indexOf('');
      return (end < 0 ? rest : rest.slice(0, end)).map((line) => line.slice(2));
    },
    story: (query) => explain(log, query, { tree }),
  };
}
