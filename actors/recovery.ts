/** Recoveries: each is an actor that asks for its steps through a port. */
import { fromPromise } from 'xstate';
import {
  type RecoveryComponentOptionsInput,
  type RecoverySettings,
  type recoveryComponentSchema,
  recoveryPlanSchema,
} from '../config/recovery.ts';
import { graphOf, type OptionalStep, problemText } from '../machines/policies/recovery-plan.ts';
import {
  type RecoveryInput,
  type RecoveryPlan,
  recoveryMachine,
  type StepOutcome,
  type StepRequest,
} from '../machines/recovery.ts';
import { type ChildScope, dynamicSupervisor, type SupervisorSpec } from './child.ts';
import { effectKey } from './effect-key.ts';
import { KintsugiError, type SettingIssue } from './errors.ts';
import type { RecoverySteps } from './ports.ts';
import { safeguardPaths } from './safeguards.ts';

/** Where recoveries live, each under the id of its plan. */
export const RECOVERIES = '/recoveries';

/** What a step of a component is told. */
export interface StepScope {
  /** Aborted when the time of the step is over, or the recovery has been given up. */
  readonly signal: AbortSignal;
  /** Time that is left for it, ms. */
  readonly remainingMs: number;
  /** The attempt to bring up the component, from 1. */
  readonly attempt: number;
  /** The same when a crash of the process makes it be asked for again. */
  readonly key: string;
}

/** Works by coming to its end; a throw or a rejection is a failure. */
export type RecoveryStepFunction = (scope: StepScope) => unknown;

/** A component with its steps: all may be called again, after a failure or a crash. */
export interface RecoveryComponent extends Omit<RecoveryComponentOptionsInput, 'dependsOn'> {
  /** Components that have to be validated before it starts. */
  readonly dependsOn?: readonly string[];
  readonly start: RecoveryStepFunction;
  /** Brings back its data; may give `{ dataAtMs }`, the time of the newest, logical ms. */
  readonly restore?: RecoveryStepFunction;
  /** Whether it does its work; `false` is a failure. Called once more when all is there. */
  readonly validate?: RecoveryStepFunction;
  /** Undoes what `start` and `restore` did, or a part of it. */
  readonly rollback?: RecoveryStepFunction;
}

export interface RecoveryPlanInput {
  /** Name of the plan: one recovery of a name runs at a time. */
  readonly id: string;
  /** When the outage began, logical ms; default: now. */
  readonly outageAtMs?: number;
  /** In place of the setting `recovery.deadlineMs`. */
  readonly deadlineMs?: number;
  readonly components: Readonly<Record<string, RecoveryComponent>>;
}

/** A plan that cannot be carried out. Nothing was begun. */
export class RecoveryRefusedError extends KintsugiError {
  readonly code = 'RECOVERY_REFUSED';
  readonly retryable = false;
  readonly issues: readonly SettingIssue[];

  constructor(issues: readonly SettingIssue[]) {
    const lines = issues.map(({ path, message }) => `  ${path}: ${message}`);
    super(`The recovery plan cannot be carried out:\n${lines.join('\n')}`);
    this.issues = issues;
  }
}

const optionalSteps: readonly OptionalStep[] = ['restore', 'validate', 'rollback'];
const stepNames = ['start', ...optionalSteps] as const;

type Given = Record<string, unknown>;
const isRecord = (value: unknown): value is Given => typeof value === 'object' && value !== null;

/**
 * The plan without its functions, every default filled in.
 *
 * @throws {RecoveryRefusedError} that names every problem.
 */
export function parsedPlan(input: RecoveryPlanInput, settings: RecoverySettings): RecoveryPlan {
  const issues: SettingIssue[] = [];
  const { data, missing } = withoutSteps(input);
  issues.push(...missing);
  const parsed = recoveryPlanSchema.safeParse(data);
  for (const { path, message } of parsed.error?.issues ?? []) {
    issues.push({ path: ['plan', ...path].join('.'), message });
  }
  if (!parsed.success || issues.length > 0) throw new RecoveryRefusedError(issues);
  const { id, outageAtMs, deadlineMs = settings.deadlineMs } = parsed.data;
  const ids = Object.keys(parsed.data.components);
  const { componentCountMax: most } = settings;
  if (ids.length > most) {
    const message = `${ids.length} are too many: recovery.componentCountMax is ${most}`;
    throw new RecoveryRefusedError([{ path: 'plan.components', message }]);
  }
  const components = ids.map((component) =>
    plannedOf(
      component,
      parsed.data.components[component]!,
      input.components[component]!,
      settings,
    ),
  );
  const planned = graphOf(components, settings.objectives);
  if ('problem' in planned) {
    const message = problemText(planned.problem);
    throw new RecoveryRefusedError([{ path: 'plan.components', message }]);
  }
  return { id, outageAtMs: outageAtMs ?? null, deadlineMs, components };
}

function plannedOf(
  id: string,
  options: ReturnType<typeof recoveryComponentSchema.parse>,
  given: RecoveryComponent,
  settings: RecoverySettings,
): RecoveryPlan['components'][number] {
  return {
    id,
    priority: options.priority,
    dependsOn: options.dependsOn,
    steps: optionalSteps.filter((step) => given[step] !== undefined),
    reducedMode: options.reducedMode ?? null,
    dataAgeMaxMs: options.dataAgeMaxMs ?? null,
    stepTimeoutMs: options.stepTimeoutMs ?? settings.stepTimeoutMs,
    attemptCountMax: options.attemptCountMax ?? settings.attemptCountMax,
  };
}

/** What the schema judges, and what is wrong with the functions. */
function withoutSteps(input: RecoveryPlanInput): {
  readonly data: unknown;
  readonly missing: readonly SettingIssue[];
} {
  if (!isRecord(input) || !isRecord(input.components)) return { data: input, missing: [] };
  const missing: SettingIssue[] = [];
  const components: Given = Object.create(null) as Given;
  for (const [id, component] of Object.entries<unknown>(input.components)) {
    if (id === '__proto__') missing.push({ path: 'plan.components', message: 'no name for one' });
    if (!isRecord(component)) {
      components[id] = component;
      continue;
    }
    const rest = Object.entries(component).filter(([name]) => !stepNames.includes(name as never));
    components[id] = Object.fromEntries(rest);
    for (const name of stepNames) {
      const step = component[name];
      if (typeof step === 'function' || (step === undefined && name !== 'start')) continue;
      const message = `must be a function, got ${step === null ? 'null' : typeof step}`;
      missing.push({ path: `plan.components.${id}.${name}`, message });
    }
  }
  return { data: { ...input, components: { ...components } }, missing };
}

/** The recovery's logic with its port: each step is journaled, and a replay makes none. */
export const recoveryActor = (steps: RecoverySteps) =>
  recoveryMachine.provide({
    actors: {
      step: fromPromise<StepOutcome, StepRequest>(({ input, signal, self }) =>
        steps.make(input, { signal, key: effectKey(self) }),
      ),
    },
  });

/**
 * Describes the supervisor of all recoveries. A step that the end of the process interrupts is
 * asked for again under its key: the recovery goes on where it was.
 */
export function recoveriesSupervisor(steps: RecoverySteps): SupervisorSpec {
  return dynamicSupervisor({
    id: 'recoveries',
    intensity: 100,
    periodMs: 60_000,
    child: {
      logic: recoveryActor(steps),
      restart: 'transient',
      memory: 'snapshot',
      settings: '/recovery',
      effects: { step: 'retry' },
      input: ({ path, settings, seed, at, given }: ChildScope): RecoveryInput => ({
        plan: given as RecoveryPlan,
        settings: settings as RecoverySettings,
        seed,
        at,
        path,
        listeners: [safeguardPaths.alerts],
      }),
    },
  });
}
