/** Whatever a journal holds: it can be explained, and the explanation is what happened. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventLog } from '../../../actors/ports.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import type { Explanation, Happening } from '../../../runtime/explain/explanation.ts';
import { explanationText } from '../../../runtime/explain/explanation-text.ts';
import { storyText } from '../../../runtime/explain/story-text.ts';
import { type InputLine, isInput, isTurn, type TurnLine } from '../../../runtime/journal/format.ts';
import { readJournal } from '../../../runtime/journal/read.ts';
import { liveRichly, richCommand, richTree } from '../../support/rich-life.ts';
import { world } from '../../support/rich-machines.ts';

const runs = process.env['KINTSUGI_RUNS'] === 'full' ? 400 : 25;
const seqsPerRun = 6;

type Row = { readonly input: InputLine; readonly turn: TurnLine };

async function rowsOf(log: EventLog): Promise<Row[]> {
  const rows: Row[] = [];
  let input: InputLine | undefined;
  for await (const line of readJournal(log)) {
    if (isInput(line)) input = line;
    else if (isTurn(line) && input) rows.push({ input, turn: line });
  }
  return rows;
}

type Step = Extract<Happening, { kind: 'step' }>;
const isOf =
  <K extends Happening['kind']>(kind: K, path: string) =>
  (one: Happening) =>
    one.kind === kind && one.actor === path;

/** The state that the explanation shows last for an actor; undefined when it shows none. */
function lastStateOf({ happened }: Explanation, path: string): unknown {
  const started = happened.findLastIndex(isOf('started', path));
  const steps = happened.slice(started + 1) as Step[];
  const last = steps.findLast((one) => isOf('step', path)(one) && !one.undone);
  const state = last?.to ?? (happened[started] as { to?: unknown } | undefined)?.to;
  return settled(state);
}

/** States of one that has ended are compared without how it ended. */
const settled = (state: unknown): unknown =>
  typeof state === 'object' && state !== null && 'status' in state && 'value' in state
    ? state.value
    : state;

const isMachine = (explanation: Explanation, path: string) =>
  !['promise', 'callback', 'observable', 'eventObservable', 'pure', 'custom'].includes(
    explanation.changed.findLast((change) => change.path === path)?.machine ?? 'custom',
  );

function expectFaithful(explanation: Explanation, { input, turn }: Row): void {
  expect(explanation.divergence).toBeUndefined();
  expect(explanation.entry).toMatchObject({ seq: input.seq, at: input.at, path: input.path });
  expect(explanation.changed.map(({ path }) => path)).toEqual(
    (turn.changed ?? []).map(({ path }) => path),
  );
  const paths = new Set((turn.changed ?? []).map(({ path }) => path));
  for (const path of paths) {
    const row = turn.changed!.findLast((one) => one.path === path)!;
    if (row.to === undefined || !isMachine(explanation, path)) continue;
    const state = lastStateOf(explanation, path);
    const where = `${path} at seq ${input.seq}`;
    // One that only was stopped took no step: its end is shown instead.
    if (state === undefined)
      expect(explanation.happened.some(isOf('ended', path)), where).toBe(true);
    else expect(state, where).toEqual(settled(row.to));
  }
  const facts = explanation.happened.flatMap((one) => (one.kind === 'fact' ? [one.fact] : []));
  const journaled = (turn.facts ?? []).map((fact) => ({ ...(fact as object), path: undefined }));
  expect(facts).toEqual(journaled);
  expect(explanationText(explanation)).toContain(`seq ${input.seq}  `);
}

describe('an explanation of any entry of any journal', () => {
  it('shows the very turn that the journal has, and runs nothing of the outside', async () => {
    const seen = { guards: 0, undone: 0, downs: 0, kinds: new Set<string>() };
    await fc.assert(
      fc.asyncProperty(
        fc.array(richCommand, { minLength: 40, maxLength: 60 }),
        fc.array(fc.nat(), { minLength: seqsPerRun, maxLength: seqsPerRun }),
        async (commands, picks) => {
          const log = await liveRichly(commands);
          const rows = await rowsOf(log);
          const { ran } = world;
          const outcomes = rows.filter(({ input }) => input.kind === 'outcome');
          for (const [index, pick] of picks.entries()) {
            // Outcomes are rarer than they are interesting.
            const from = index < 2 && outcomes.length > 0 ? outcomes : rows;
            const row = from[pick % from.length]!;
            const explanation = await explain(log, { seq: row.input.seq }, { tree: richTree });
            expectFaithful(explanation, row);
            seen.kinds.add(row.input.kind);
            seen.downs += row.turn.down?.length ?? 0;
            for (const one of explanation.happened) {
              if (one.kind === 'guard') seen.guards++;
              if (one.kind === 'step' && one.undone) seen.undone++;
            }
          }
          const story = await explain(log, { actor: '/app/rich' }, { tree: richTree });
          expect(story.divergence).toBeUndefined();
          expect(storyText(story)).toContain('/app/rich (rich), up to seq');
          expect(world.ran).toBe(ran);
        },
      ),
      { numRuns: runs, endOnFailure: true },
    );
    expect(seen.guards).toBeGreaterThan(0);
    expect(seen.downs).toBeGreaterThan(0);
    expect([...seen.kinds]).toEqual(expect.arrayContaining(['event', 'timer', 'outcome']));
  }, 600_000);
});
