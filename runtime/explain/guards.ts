/**
 * Notes every guard that a machine evaluates, with what it said.
 *
 * XState tells nobody about guards, least of all about those that were false. So an explanation
 * runs a copy of each machine, whose guards write down their answers; the machine itself stays as
 * it is. What a guard throws passes through unchanged, since its words are part of the journal.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from 'xstate';
import { type ChartGuard, type GuardFunction, guardName, placeOf } from './guard-names.ts';

/** One guard that was asked. */
export interface Evaluation {
  readonly guard: string;
  readonly params?: unknown;
  /** Undefined when it threw. */
  value: boolean | undefined;
  threw?: string;
  /** Guards that it asked in turn, in order; `and` and `or` stop asking once they know. */
  readonly parts: Evaluation[];
}

type Node = AnyTransitionDefinition['source'];
/** A transition of a copy: its guard is ours to replace. */
interface OpenTransition {
  guard: unknown;
}

/** @param transition absent for a guard that an action asked. */
export type Evaluated = (
  evaluation: Evaluation,
  transition: AnyTransitionDefinition | undefined,
) => void;

export class GuardRecorder {
  private readonly copies = new WeakMap<AnyStateMachine, AnyStateMachine>();
  private readonly evaluated: Evaluated;
  private readonly open: Evaluation[] = [];
  /** The transition whose guard, known by name, is being looked up. */
  private due: { name: string; transition: AnyTransitionDefinition } | undefined;

  constructor(evaluated: Evaluated) {
    this.evaluated = evaluated;
  }

  /** A machine that does the same and notes its guards. */
  copyOf(machine: AnyStateMachine): AnyStateMachine {
    const known = this.copies.get(machine);
    if (known) return known;
    const named = machine.implementations.guards as Record<string, ChartGuard>;
    const guards = Object.fromEntries(
      Object.entries(named).map(([name, guard]) => [
        name,
        typeof guard === 'function' ? this.noting(guard, () => name, undefined) : guard,
      ]),
    );
    const copy = machine.provide({ guards } as never) as AnyStateMachine;
    this.openNode(copy.root as Node);
    this.copies.set(machine, copy);
    return copy;
  }

  /** A macrostep is over: what was being looked up, and led to nobody, is not waited for. */
  settle(): void {
    this.due = undefined;
  }

  private openNode(node: Node): void {
    for (const [descriptor, transitions] of node.transitions) {
      this.openTransitions(transitions, placeOf(node, descriptor));
    }
    this.openTransitions(node.always ?? [], placeOf(node, ''));
    for (const child of Object.values(node.states)) this.openNode(child as Node);
  }

  private openTransitions(transitions: readonly AnyTransitionDefinition[], place: string): void {
    for (const [index, transition] of transitions.entries()) {
      const guard = transition.guard as ChartGuard | undefined;
      if (guard === undefined) continue;
      const at = `guard ${index + 1} of ${place}`;
      (transition as unknown as OpenTransition).guard =
        typeof guard === 'function'
          ? this.noting(guard, () => guardName(guard, at), transition)
          : this.announcing(guard, transition);
    }
  }

  /** Its parameters are asked for just before it is: that says whose guard it is. */
  private announcing(
    guard: Exclude<ChartGuard, GuardFunction>,
    transition: AnyTransitionDefinition,
  ): ChartGuard {
    const { type, params } = typeof guard === 'string' ? { type: guard } : { ...guard };
    return {
      type,
      params: (args: unknown) => {
        const given = this.paramsOf(type, params, args, transition);
        this.due = { name: type, transition };
        return given;
      },
    };
  }

  private paramsOf(
    guard: string,
    params: unknown,
    args: unknown,
    transition: AnyTransitionDefinition,
  ): unknown {
    if (typeof params !== 'function') return params;
    try {
      return params(args);
    } catch (error) {
      this.evaluated({ guard, value: undefined, threw: wordsOf(error), parts: [] }, transition);
      throw error;
    }
  }

  private noting(
    guard: GuardFunction,
    name: () => string,
    transition: AnyTransitionDefinition | undefined,
  ): GuardFunction {
    const run = (params: unknown, ask: () => unknown): boolean => {
      const { due } = this;
      this.due = undefined;
      const owner = transition ?? due?.transition;
      const label = due && !transition ? due.name : name();
      const noted = params === undefined ? {} : { params };
      const evaluation: Evaluation = { guard: label, ...noted, value: undefined, parts: [] };
      const above = this.open.at(-1);
      this.open.push(evaluation);
      try {
        evaluation.value = Boolean(ask());
        return evaluation.value;
      } catch (error) {
        evaluation.threw = wordsOf(error);
        throw error;
      } finally {
        this.open.pop();
        if (above) above.parts.push(evaluation);
        else this.evaluated(evaluation, owner);
      }
    };
    const { check } = guard;
    if (!check) return (args, params) => run(params, () => guard(args, params));
    const parts = guard.guards?.map((part, index) =>
      typeof part === 'function'
        ? this.noting(part, () => guardName(part, `part ${index + 1}`), undefined)
        : part,
    );
    const self = Object.assign((...args: [unknown, unknown]) => guard(...args), guard, {
      ...(parts ? { guards: parts } : {}),
    });
    return Object.assign(() => false, guard, {
      check: (snapshot: unknown, args: unknown) =>
        run(undefined, () => check(snapshot, args, self)),
    });
  }
}

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
