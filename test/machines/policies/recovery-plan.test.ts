import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recoverySettingsSchema } from '../../../config/recovery.ts';
import {
  graphOf,
  objectiveMs,
  type PlannedComponent,
  problemText,
  type RecoveryGraph,
} from '../../../machines/policies/recovery-plan.ts';
import { planned } from '../../support/recovery-plan.ts';

const { objectives } = recoverySettingsSchema.parse({});

function graph(components: readonly PlannedComponent[]): RecoveryGraph {
  const found = graphOf(components, objectives);
  if ('problem' in found) throw new Error(problemText(found.problem));
  return found.graph;
}

const problem = (components: readonly PlannedComponent[]) => {
  const found = graphOf(components, objectives);
  return 'problem' in found ? problemText(found.problem) : undefined;
};

const idsOf = ({ components }: RecoveryGraph) => components.map(({ id }) => id);

const ids = Array.from({ length: 12 }, (_, index) => `c${index}`);

/** Plans without a cycle, in any order. */
const plans = fc
  .tuple(
    ...ids.map((id, index) =>
      fc.record({
        id: fc.constant(id),
        dependsOn: fc.subarray(ids.slice(0, index)),
        priority: fc.constantFrom('critical' as const, 'core' as const, 'supporting' as const),
      }),
    ),
  )
  .map((drawn) => drawn.map(({ id, dependsOn, priority }) => planned(id, dependsOn, { priority })))
  .chain((components) =>
    fc.shuffledSubarray(components, {
      minLength: components.length,
      maxLength: components.length,
    }),
  );

describe('the graph of a recovery plan', () => {
  it('puts each component after all that it needs', () => {
    fc.assert(
      fc.property(plans, (components) => {
        const order = idsOf(graph(components));
        expect(order.toSorted()).toEqual(ids.toSorted());
        for (const { id, dependsOn } of components) {
          for (const needed of dependsOn) {
            expect(order.indexOf(needed)).toBeLessThan(order.indexOf(id));
          }
        }
      }),
    );
  });

  it('counts who is needed, and knows whom each one sets free', () => {
    fc.assert(
      fc.property(plans, (components) => {
        const { components: ordered, needCounts, dependents } = graph(components);
        for (const [place, { id, dependsOn }] of ordered.entries()) {
          expect(needCounts[place]).toBe(dependsOn.length);
          const freed = dependents[place]!.map((other) => ordered[other]!.id);
          const wanted = ordered.filter((other) => other.dependsOn.includes(id));
          expect(freed).toEqual(wanted.map((other) => other.id));
        }
      }),
    );
  });

  it('puts what is urgent first, and whatever something urgent waits for', () => {
    fc.assert(
      fc.property(plans, (components) => {
        const { components: ordered, dependents } = graph(components);
        const urgency = (place: number): number =>
          Math.min(
            objectiveMs(objectives, ordered[place]!.priority),
            ...dependents[place]!.map(urgency),
          );
        const all = ordered.map((_, place) => urgency(place));
        expect(all).toEqual(all.toSorted((a, b) => a - b));
      }),
    );
  });

  it('keeps the given order among equals', () => {
    expect(idsOf(graph(['c', 'a', 'b'].map((id) => planned(id))))).toEqual(['c', 'a', 'b']);
  });

  it('counts a dependency that is named twice once', () => {
    const twice = [planned('a'), planned('b', ['a', 'a'])];
    expect(graph(twice)).toMatchObject({ needCounts: [0, 1], dependents: [[1], []] });
  });

  it('names a cycle by its way, without those who only stand behind it', () => {
    const ring = [
      planned('x', ['b']),
      planned('a', ['c']),
      planned('b', ['a']),
      planned('c', ['b']),
    ];
    expect(problem(ring)).toBe('a cycle of dependencies: b -> a -> c -> b');
    expect(problem([planned('a', ['a'])])).toBe('a cycle of dependencies: a -> a');
  });

  it('finds a cycle wherever one is put', () => {
    fc.assert(
      fc.property(plans, fc.nat(11), fc.nat(11), (components, from, to) => {
        const order = idsOf(graph(components));
        const [first, last] = [Math.min(from, to), Math.max(from, to)].map((at) => order[at]!);
        const closed = components.map((component) =>
          component.id === first
            ? { ...component, dependsOn: [...component.dependsOn, last!] }
            : component.id === last && first !== last
              ? { ...component, dependsOn: [...component.dependsOn, first!] }
              : component,
        );
        const found = graphOf(closed, objectives);
        if (!('problem' in found) || found.problem.kind !== 'cycle') throw new Error('no cycle');
        const { path } = found.problem;
        expect(path[0]).toBe(path.at(-1));
        for (const [index, id] of path.slice(0, -1).entries()) {
          expect(closed.find((one) => one.id === id)!.dependsOn).toContain(path[index + 1]);
        }
      }),
    );
  });

  it('names what is missing, what is there twice, and a plan of nothing', () => {
    expect(problem([planned('a', ['z'])])).toBe("'a' needs 'z', which is not in the plan");
    expect(problem([planned('a'), planned('a')])).toBe("two components have the id 'a'");
    expect(problem([])).toBe('the plan has no components');
  });
});
