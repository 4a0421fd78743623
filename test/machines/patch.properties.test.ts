/** Every edge of the patch's chart, under settings that keep the walk small. */
import { describe, expect, it } from 'vitest';
import type { SnapshotFrom } from 'xstate';
import { secrSettingsSchema } from '../../config/secr.ts';
import { patchMachine as machine, type PatchEvent, type PatchInput } from '../../machines/patch.ts';
import { noTotals } from '../../machines/policies/outcome-score.ts';
import { describeEdge } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';

type Snapshot = SnapshotFrom<typeof machine>;
type PatchEdge = Edge<typeof machine>;

const key = '/paper/broker/breaker/callTimeoutMs';
const at = 1_000;
const order = { at, by: 'ada', why: 'test' };
const good = { profitDelta: 1, latencyMs: 100, errorRatio: 0, stabilityScore: 90 };
const bad = { profitDelta: -1, latencyMs: 900, errorRatio: 0.5, stabilityScore: 10 };
const { patch, score } = secrSettingsSchema.parse({
  patch: { tryCountMax: 2 },
  score: { sampleCountMin: 1, abortScoreMax: -0.5 },
});

const input = (more: Partial<PatchInput> = {}): PatchInput => ({
  ...{ id: 'p-1', at, doubt: null, crash: null },
  paths: { secr: '/secr', alerts: '/alerts' },
  proposal: {
    ...{ resolver: 'netPatient', group: 'NET', subgroup: 'API_TIMEOUT', failureKey: null },
    ...{ by: 'secr', why: 'test', from: { [key]: 10_000 } },
    operations: [{ op: 'replace', path: key, value: 15_000 }],
  },
  envelopes: { [key]: { min: 2_000, max: 30_000, step: 1 } },
  settings: { patch, score },
  baseline: { totals: { ...noTotals, ...good, count: 1 }, severityPerMs: 1e-6 },
  ...more,
});

const changed = (isDone: boolean) => ({
  ...{ at, isDone, hash: 'h', overridden: [] },
  why: isDone ? null : 'refused',
});

/** How each port can end. */
const outcomes: Record<string, readonly object[]> = {
  validate: [
    { at, issues: [] },
    { at, issues: ['a rule'] },
  ],
  rehearse: [
    { at, rehearsal: { kind: 'evaluated', isWorse: false, text: 'same' } },
    { at, rehearsal: { kind: 'evaluated', isWorse: true, text: 'worse' } },
    { at, rehearsal: { kind: 'notEvaluable', text: 'no past' } },
  ],
  snapshot: [
    { at, hash: 'h0', values: { [key]: 10_000 } },
    { at, hash: 'h1', values: { [key]: 12_000 } },
  ],
  changeSettings: [changed(true), changed(false)],
};

const events = (snapshot: Snapshot): PatchEvent[] => {
  const ends = Object.entries(snapshot.children).flatMap(([id, child]) => [
    ...outcomes[(child as { src: string }).src]!.map((output) => ({
      ...{ type: `xstate.done.actor.${id}`, output, actorId: id },
    })),
    { type: `xstate.error.actor.${id}`, error: new Error('cut off'), actorId: id },
  ]);
  return [
    { type: 'APPROVE', ...order },
    { type: 'REJECT', ...order },
    { type: 'WITHDRAW', ...order },
    { type: 'PERFORMED', at, ...good },
    { type: 'PERFORMED', at, ...bad },
    { type: 'FAILED_AGAIN', at, severity: 1 },
    ...(ends as unknown as PatchEvent[]),
  ];
};

/** What guards read, as far as it makes a difference. */
const face = ({ value, context }: Snapshot): string => {
  const { tryCount, isValid, rehearsal, snapshot, inForce, after, seenSeverity } = context;
  const profit = Math.sign(after.profitDelta);
  const seen = [Math.min(after.count, 2), profit, Math.min(seenSeverity, 1)];
  const known = [isValid, rehearsal, snapshot !== null, inForce, context.isWithdrawn];
  return JSON.stringify([value, tryCount, ...known, ...seen, context.outcome?.score]);
};

/** Coarser: enough to reach every state. */
const place = ({ value, context }: Snapshot): string =>
  JSON.stringify([value, context.tryCount, context.inForce, context.after.count > 0]);

const inputs = [input(), input({ doubt: 'nobody trusts it' }), input({ crash: 'it crashed' })];
const options = { events, key: face };
const edges = inputs.flatMap((given) => walk(machine, { ...options, input: given }));

const always = (holds: (edge: PatchEdge) => boolean) => {
  const broken = edges.find((edge) => !holds(edge));
  if (broken) throw new Error(`It does not hold on ${describeEdge(broken)}`);
};

const isIn = (snapshot: Snapshot, ...states: string[]) =>
  states.some((state) => snapshot.matches(state as never));
const asked = ({ children }: Snapshot, src: string) =>
  Object.values(children).some((child) => (child as { src?: unknown } | undefined)?.src === src);
const applied = ['snapshotted', 'canary', 'applied', 'observing'] as const;
const ended = ['kept', 'rolledBack', 'rejected'] as const;

describe('patch, on every edge', () => {
  it('is sound', () => {
    const exclusiveTags = ['waiting', 'applied', 'ended'];
    const held = ['quarantined.held'];
    const unreachable = ['deciding', 'judging', ...held];
    const coarse = { events, key: place, exclusiveTags };
    const tried = expectSound(machine, { ...coarse, input: input(), unreachable });
    expect(tried.length).toBeGreaterThan(200);
    const doubted = input({ doubt: 'nobody trusts it' });
    expectSound(machine, { ...coarse, input: doubted, unreachable: ['deciding', 'judging'] });
    expect(edges.length).toBeGreaterThan(1_000);
  });

  it('applies nothing that was not validated and snapshotted', () =>
    always(({ to }) => {
      if (to.context.crash !== null || !isIn(to, ...applied)) return true;
      const { isValid, snapshot, rehearsal } = to.context;
      const isWorse = rehearsal?.kind === 'evaluated' && rehearsal.isWorse;
      return isValid && snapshot !== null && rehearsal !== null && !isWorse;
    }));

  it('begins nothing when its settings were changed meanwhile', () =>
    always(({ from, event, to }) => {
      const { output } = event as { output?: { values?: Record<string, number> } };
      if (!isIn(from, 'rehearsed') || output?.values === undefined) return true;
      return isIn(to, output.values[key] === 10_000 ? 'snapshotted' : 'rejected');
    }));

  it('ends only as rejected when nothing was asked for, and never so otherwise', () =>
    always(({ from, to }) => {
      if (!isIn(to, 'rejected') || isIn(from, 'rejected')) return true;
      // A first change that was refused has changed nothing.
      return !isIn(from, 'canary', 'applied', 'observing', 'rollingBack', 'quarantined.stuck');
    }));

  it('is kept only after the whole of it was observed, and the score was good', () =>
    always(({ from, to }) => {
      if (!isIn(to, 'kept') || isIn(from, 'kept')) return true;
      const { inForce, outcome } = to.context;
      return isIn(from, 'observing') && inForce === 'whole' && outcome!.score! >= 0.02;
    }));

  it('is rolled back only by a change that was made', () =>
    always(({ from, event, to }) => {
      if (!isIn(to, 'rolledBack') || isIn(from, 'rolledBack')) return true;
      const { output } = event as { output?: { isDone?: boolean } };
      return isIn(from, 'rollingBack') && output?.isDone === true;
    }));

  it('leaves what is in force only towards its end', () =>
    always(({ from, to }) => {
      if (!isIn(from, 'canary', 'applied', 'observing')) return true;
      return isIn(to, 'canary', 'applied', 'observing', 'rollingBack', 'kept');
    }));

  it('asks for one thing at a time, and changes settings only where it may', () =>
    always(({ to }) => {
      if (Object.keys(to.children).length > 1) return false;
      return asked(to, 'changeSettings') === isIn(to, 'snapshotted', 'applied', 'rollingBack');
    }));

  it('has a way on from every state that is not an end: an outcome, a time, or a person', () => {
    const stuck = edges.filter(({ from, to }) => !isIn(from, ...ended) && to !== from);
    const left = new Set(stuck.map(({ from }) => face(from)));
    always(({ to }) => isIn(to, ...ended) || left.has(face(to)));
  });

  it('a withdrawal leads to an end by one change at most, and teaches nothing', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'WITHDRAW' || isIn(from, ...ended, 'rollingBack', 'quarantined.stuck')) {
        return true;
      }
      return isIn(to, 'rejected', 'rollingBack') && to.context.isWithdrawn;
    }));

  it('from quarantine only a person or the declared time leads out', () =>
    always(({ from, event, to }) => {
      if (!isIn(from, 'quarantined') || isIn(to, 'quarantined')) return true;
      const people = ['APPROVE', 'REJECT', 'WITHDRAW'];
      return people.includes(event.type) || event.type.startsWith('xstate.after.');
    }));

  it('is harmed at once: a bad sample under way leads to a rollback', () =>
    always(({ from, event, to }) => {
      if (event.type !== 'PERFORMED' || event.profitDelta > 0) return true;
      if (!isIn(from, 'canary', 'observing') || from.context.after.count > 0) return true;
      return isIn(to, 'rollingBack');
    }));
});
