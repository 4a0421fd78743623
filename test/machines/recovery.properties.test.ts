import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf, isLost } from '../../machines/policies/recovery-loss.ts';
import type { PlannedComponent } from '../../machines/policies/recovery-plan.ts';
import { recoveryMachine as machine } from '../../machines/recovery.ts';
import { expectInvariant } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';
import { eventsOf, inputOf, keyOf, planned } from '../support/recovery-plan.ts';

type RecoveryEdge = Edge<typeof machine>;

const full = process.env['KINTSUGI_RUNS'] === 'full';
const names = ['a', 'b', 'c'];

/** Three components, each of which may need any of those before it. */
const plans = fc
  .tuple(
    ...names.map((id, index) =>
      fc.record({
        id: fc.constant(id),
        dependsOn: fc.subarray(names.slice(0, index)),
        priority: fc.constantFrom('critical' as const, 'core' as const, 'supporting' as const),
        steps: fc.subarray(['validate' as const, 'rollback' as const]),
        reducedMode: fc.constantFrom(null, null, 'half'),
        attemptCountMax: fc.integer({ min: 1, max: 2 }),
      }),
    ),
  )
  .map((drawn) => drawn.map(({ id, dependsOn, ...rest }) => planned(id, dependsOn, rest)));

const always = (holds: (edge: RecoveryEdge) => boolean) =>
  expectInvariant(machine, {
    settings: plans,
    input: (components: PlannedComponent[]) => inputOf(components),
    events: eventsOf,
    key: keyOf,
    holds,
    limit: 60_000,
    runs: full ? 12 : 2,
  });

const finals = ['recovered', 'reduced', 'failed'];
const isOperator = ({ event }: RecoveryEdge) => ['HOLD', 'RESUME'].includes(event.type);

const chain = inputOf([
  planned('a', [], { priority: 'critical', reducedMode: 'half' }),
  planned('b', ['a'], { attemptCountMax: 1, steps: ['restore', 'validate', 'rollback'] }),
  planned('c', ['b'], { priority: 'critical', attemptCountMax: 1, steps: ['rollback'] }),
]);

/** Keys on a way round; none when every way ends. */
function circle(edges: readonly RecoveryEdge[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const edge of edges) {
    const [from, to] = [keyOf(edge.from), keyOf(edge.to)];
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const inCount = new Map<string, number>();
  for (const tos of next.values())
    for (const to of tos) inCount.set(to, (inCount.get(to) ?? 0) + 1);
  const free = [...next.keys()].filter((key) => !inCount.has(key));
  for (const key of free) {
    for (const to of next.get(key) ?? []) {
      const left = inCount.get(to)! - 1;
      if (left > 0) inCount.set(to, left);
      else {
        inCount.delete(to);
        free.push(to);
      }
    }
  }
  return [...inCount.keys()];
}

describe('recovery, on every edge', () => {
  it('is sound, and every plan ends without an operator', () => {
    const edges = expectSound(machine, {
      input: chain,
      events: eventsOf,
      key: keyOf,
      limit: 60_000,
      exclusiveTags: ['underWay', 'ended'],
      unreachable: ['planning'],
    });
    expect(edges.length).toBeGreaterThan(500);
    expect(circle(edges.filter((edge) => !isOperator(edge)))).toEqual([]);
    const stuck = edges.filter(
      ({ from }) =>
        from.status === 'active' &&
        edges.every((edge) => keyOf(edge.from) !== keyOf(from) || keyOf(edge.to) === keyOf(from)),
    );
    expect(stuck).toEqual([]);
  });

  it('starts nothing before all that it needs is validated', () =>
    always(({ from, to }) => {
      const { progress, graph } = to.context;
      const byId = new Map(graph.components.map(({ id }, place) => [id, progress.parts[place]!]));
      return progress.running
        .filter((run) => run.step !== 'rollback' && !from.context.progress.running.includes(run))
        .every(({ place, step }) =>
          graph.components[place]!.dependsOn.every(
            (id) => byId.get(id)!.status === 'validated' || step === 'check',
          ),
        );
    }));

  it('brings nothing up after the deadline, and runs nothing when it has ended', () =>
    always(({ to: { value, context } }) => {
      const { progress, atMs, deadlineAtMs, hold } = context;
      if (finals.includes(value as string)) return progress.running.length === 0;
      if (hold || atMs < deadlineAtMs) return true;
      return progress.running.every(({ step }) => step === 'rollback');
    }));

  it('rolls back one by one what is lost, the last started first', () =>
    always(({ to: { value, context } }) => {
      const { parts, started, undo, running } = context.progress;
      const undoing = running.filter(({ step }) => step === 'rollback');
      if (undoing.length === 0) return undo.length === 0;
      const due = started.toReversed().filter((place) => parts[place]!.rollback !== 'none');
      const open = due.filter((place) => ['due', 'running'].includes(parts[place]!.rollback));
      return (
        value === 'rollingBack' &&
        running.length === 1 &&
        undoing[0]!.place === undo[0] &&
        JSON.stringify(open) === JSON.stringify(undo) &&
        due.slice(0, due.length - open.length).every((place) => !open.includes(place)) &&
        due.every((place) => isLost(parts[place]!))
      );
    }));

  it('ends with every component settled, and says what it came to', () =>
    always(({ to: { value, context } }) => {
      if (!finals.includes(value as string)) return true;
      const { progress, graph, failure } = context;
      const { parts } = progress;
      const isWhole = parts.every(({ status }) => status === 'validated');
      const isSettled = parts.every((part) => part.status === 'validated' || isLost(part));
      const undone = parts.every(
        (part, place) =>
          part.startedAtMs === null ||
          !isLost(part) ||
          !graph.components[place]!.steps.includes('rollback') ||
          ['done', 'failed'].includes(part.rollback),
      );
      if (!isSettled || !undone) return false;
      if (value === 'recovered') return isWhole && failure === null;
      if (value === 'reduced') return !isWhole && failureOf(graph, progress) === null;
      return failure !== null;
    }));

  it('never loses a component without all that needs it', () =>
    always(({ to: { context } }) => {
      const { progress, graph } = context;
      return progress.parts.every(
        (part, place) =>
          !isLost(part) ||
          graph.dependents[place]!.every((other) => isLost(progress.parts[other]!)),
      );
    }));

  it('makes as many steps at once as it may, and no more', () =>
    always(({ to: { value, context } }) => {
      const { running, ready } = context.progress;
      if (running.length > context.settings.parallelCountMax) return false;
      const isOpen = value === 'recovering' || value === 'validating';
      return !isOpen || ready.length === 0 || running.length === context.settings.parallelCountMax;
    }));

  it('begins nothing while it is held, and only an operator or the time ends that', () =>
    always(({ from, event, to }) => {
      const began = to.context.progress.running.filter(
        (run) => !from.context.progress.running.includes(run),
      );
      if (to.value === 'held') return began.length === 0;
      if (from.value !== 'held') return true;
      return ['RESUME', 'CANCEL', 'HOLD_EXPIRED'].includes(event.type);
    }));

  it('is not touched by outcomes of steps that were given up', () => {
    const edges = walk(machine, { input: chain, events: eventsOf, key: keyOf, limit: 60_000 });
    const late = edges.filter(
      ({ event }) => event.type === 'STEP_TIMED_OUT' && 'attempt' in event && event.attempt === 99,
    );
    expect(late.length).toBeGreaterThan(100);
    for (const { from, to } of late) expect(keyOf(to)).toBe(keyOf(from));
  });
});
