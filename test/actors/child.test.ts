import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { child, dynamicSupervisor, supervisor } from '../../actors/child.ts';

const logic = createMachine({ id: 'any' });
const a = child({ id: 'a', logic });
const b = child({ id: 'b', logic });

const refusal = (build: () => unknown): string => {
  try {
    build();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return (error as Error).message;
  }
  return 'accepted';
};

const ofChild = (spec: object) => refusal(() => child({ id: 'a', logic, ...spec }));
const ofSupervisor = (spec: object) =>
  refusal(() => supervisor({ id: 's', children: [a, b], ...spec }));

describe('a child specification', () => {
  it('has the defaults of OTP', () => {
    expect(a).toMatchObject({
      kind: 'worker',
      restart: 'permanent',
      shutdownMs: 5_000,
      significant: false,
      memory: 'clean',
      dependsOn: [],
      backoff: { minMs: 0 },
    });
  });

  it('is refused with the part and the reason when a number is out of range', () => {
    expect(ofChild({ shutdownMs: -1 })).toMatch(/^Child 'a': shutdownMs: .*got -1\.$/);
    expect(ofChild({ poisonCountMax: 0 })).toMatch(/^Child 'a': poisonCountMax: .*got 0\.$/);
    expect(ofChild({ backoff: { factor: 0.5 } })).toMatch(/backoff\.factor: .*got 0\.5/);
    expect(ofChild({ backoff: { minMs: -5 } })).toMatch(/backoff\.minMs: .*got -5/);
    expect(ofChild({ backoff: { jitterRatio: 2 } })).toMatch(/backoff\.jitterRatio: .*got 2/);
    expect(ofChild({ shutdownMs: Number.NaN })).toMatch(/shutdownMs/);
  });

  it('is refused when a word is unknown', () => {
    expect(ofChild({ restart: 'always' })).toMatch(/restart: .*got "always"/);
    expect(ofChild({ memory: 'full' })).toMatch(/memory: .*got "full"/);
    expect(ofChild({ restarts: 3 })).toMatch(/restarts/);
  });

  it('is refused when its id cannot be part of a path', () => {
    expect(ofChild({ id: 'a/b' })).toMatch(/^Child 'a\/b': id: /);
    expect(ofChild({ id: '' })).toMatch(/^Child '': id: /);
    expect(refusal(() => child({ logic } as never))).toMatch(/^Child 'undefined': id: /);
  });

  it('is refused without logic', () => {
    expect(refusal(() => child({ id: 'a' } as never))).toMatch(/^Child 'a' needs 'logic'/);
  });

  it('is refused when it is permanent and significant', () => {
    expect(ofChild({ significant: true })).toBe(
      "Child 'a': significant: a permanent child is never significant.",
    );
    expect(ofChild({ significant: true, restart: 'transient' })).toBe('accepted');
    expect(ofChild({ significant: true, restart: 'temporary' })).toBe('accepted');
  });
});

describe('a supervisor specification', () => {
  it('has the defaults of OTP', () => {
    expect(supervisor({ id: 's', children: [] })).toMatchObject({
      kind: 'supervisor',
      strategy: 'one_for_one',
      intensity: 1,
      periodMs: 5_000,
      autoShutdown: 'never',
      restart: 'permanent',
      shutdownMs: Number.POSITIVE_INFINITY,
    });
  });

  it('is refused when a word is unknown or a number is out of range', () => {
    expect(ofSupervisor({ strategy: 'all' })).toMatch(/^Supervisor 's': strategy: .*got "all"/);
    expect(ofSupervisor({ intensity: -1 })).toMatch(/intensity: .*got -1/);
    expect(ofSupervisor({ intensity: 1.5 })).toMatch(/intensity: .*got 1\.5/);
    expect(ofSupervisor({ periodMs: 0 })).toMatch(/periodMs: .*got 0/);
    expect(ofSupervisor({ autoShutdown: 'yes' })).toMatch(/autoShutdown: .*got "yes"/);
    expect(ofSupervisor({ significant: true })).toMatch(/never significant/);
  });

  it('is refused when two children have one id', () => {
    expect(ofSupervisor({ children: [a, b, a] })).toBe(
      "Supervisor 's': children: two have the id 'a'.",
    );
  });

  it('is refused when a child depends on one that is no sibling, or on itself', () => {
    const needs = (id: string) => child({ id: 'c', logic, dependsOn: [id] });
    expect(ofSupervisor({ children: [a, needs('x')] })).toBe(
      "Supervisor 's': children.c.dependsOn: 'x' is no sibling.",
    );
    expect(ofSupervisor({ children: [needs('c')] })).toBe(
      "Supervisor 's': dependsOn: a cycle, c -> c.",
    );
  });

  it('is refused when dependencies go round, and the way is named', () => {
    const chain = (id: string, needs: string) => child({ id, logic, dependsOn: [needs] });
    const children = [chain('x', 'y'), chain('y', 'z'), chain('z', 'y')];
    expect(ofSupervisor({ children })).toBe("Supervisor 's': dependsOn: a cycle, y -> z -> y.");
  });

  it('is refused as a dynamic one with a template that is not allowed', () => {
    const build = () => dynamicSupervisor({ id: 's', child: { logic, shutdownMs: -1 } });
    expect(refusal(build)).toMatch(/shutdownMs: .*got -1/);
  });
});
