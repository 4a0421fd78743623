/** What an event means to a recovery: the progress after it. Its chart is in `recovery.ts`. */
import { backoffMs } from './policies/backoff.ts';
import { drawRatio } from './policies/random.ts';
import {
  broughtToEnd,
  failureOf,
  isLost,
  type RecoveryFailure,
  undoEnded,
  withLoss,
} from './policies/recovery-loss.ts';
import {
  type RecoveryProgress,
  type RunningStep,
  stepDone,
  stepPaused,
} from './policies/recovery-progress.ts';
import { type RecoveryOutcome, type RecoveryReport, reportOf } from './policies/recovery-report.ts';
import type { RecoveryContext, RecoveryEvent, StepRequest } from './recovery-types.ts';

type Args = { readonly context: RecoveryContext; readonly event: RecoveryEvent };

const donePrefix = 'xstate.done.actor.';
const errorPrefix = 'xstate.error.actor.';

/** Logical time of the event; it never goes back. */
export function timeOf({ context, event }: Args): number {
  const given = 'at' in event ? event.at : 'output' in event ? event.output.at : context.atMs;
  return Math.max(context.atMs, given);
}

/** Name of the child that makes a step. */
export const childIdOf = (
  { graph }: Pick<RecoveryContext, 'graph'>,
  { place, step, attempt }: RunningStep,
): string => `${graph.components[place]!.id}.${step}.${attempt}`;

/** The running step that the event is about; undefined when it has been given up before. */
function runOf({ context, event }: Args): RunningStep | undefined {
  const { running } = context.progress;
  const { type } = event;
  if (type === 'STEP_TIMED_OUT') {
    const { place, step, attempt } = event;
    return running.find(
      (run) => run.place === place && run.step === step && run.attempt === attempt,
    );
  }
  const prefix = type.startsWith(donePrefix) ? donePrefix : errorPrefix;
  if (!type.startsWith(prefix)) return undefined;
  const id = type.slice(prefix.length);
  return running.find((run) => childIdOf(context, run) === id);
}

/** Time limit of a step, ms. */
export const stepTimeoutMs = ({ graph }: RecoveryContext, { place }: RunningStep): number =>
  graph.components[place]!.stepTimeoutMs;

function whyOf({ context, event }: Args, run: RunningStep): string | null {
  if (event.type === 'STEP_TIMED_OUT') {
    return `${run.step}: no outcome within ${stepTimeoutMs(context, run)} ms`;
  }
  if ('error' in event) {
    const { error } = event;
    return `${run.step}: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!('output' in event) || event.output.kind === 'done') return null;
  return `${run.step}: ${event.output.why}`;
}

/** The progress after a step has ended, or was given up. */
export function progressAfter(args: Args): RecoveryProgress {
  const { context, event } = args;
  const { graph, progress } = context;
  const run = runOf(args);
  if (!run) return progress;
  const why = whyOf(args, run);
  if (run.step === 'rollback') return undoEnded(progress, why === null ? 'done' : 'failed');
  const at = timeOf(args);
  if (why !== null) return afterFailure(context, run, why, at);
  const output = 'output' in event && event.output.kind === 'done' ? event.output : undefined;
  return stepDone(graph, progress, run.place, { at, dataAtMs: output?.dataAtMs });
}

/** Tried again after a pause, unless its attempts are used up or time is. */
function afterFailure(
  context: RecoveryContext,
  { place, attempt }: RunningStep,
  why: string,
  at: number,
): RecoveryProgress {
  const { graph, progress, hold, deadlineAtMs } = context;
  if (attempt >= graph.components[place]!.attemptCountMax) {
    return withLoss(graph, progress, place, why);
  }
  const dueMs = at + pauseMs(context, place, attempt);
  // While it is held, the deadline waits as well.
  if (dueMs >= deadlineAtMs && hold === null) {
    return withLoss(graph, progress, place, `${why}; no time is left for another attempt`);
  }
  return stepPaused(progress, place, { why, dueMs });
}

/** The pause after failed attempt number `attempt` (from 1). */
function pauseMs({ settings, seed }: RecoveryContext, place: number, attempt: number): number {
  const { retryMinMs, retryFactor, retryMaxMs, retryJitterRatio } = settings;
  const maxMs = Math.max(retryMinMs, retryMaxMs);
  const draw = drawRatio(seed, place * 100 + attempt);
  return backoffMs(
    { baseMs: retryMinMs, factor: retryFactor, maxMs, jitterRatio: retryJitterRatio },
    attempt - 1,
    draw,
  );
}

/** Whether the system can do without what it has lost by now; what was decided stays. */
export const failureAfter = (
  { graph, failure }: RecoveryContext,
  progress: RecoveryProgress,
): RecoveryFailure | null => failure ?? failureOf(graph, progress);

/** The progress when nothing more may be brought up. */
export const progressAtEnd = ({ graph, progress }: RecoveryContext, why: string) =>
  broughtToEnd(graph, progress, why);

/** What the port is asked for. */
export function requestOf(context: RecoveryContext, run: RunningStep, at: number): StepRequest {
  const { plan, graph, deadlineAtMs, rollbackEndsAtMs } = context;
  const endsAtMs = run.step === 'rollback' ? (rollbackEndsAtMs ?? at) : deadlineAtMs;
  return {
    plan: plan.id,
    component: graph.components[run.place]!.id,
    step: run.step,
    attempt: run.attempt,
    deadlineAtMs: Math.min(endsAtMs, at + stepTimeoutMs(context, run)),
  };
}

/** What it has come to; the same for the same context. */
export function reportFor(context: RecoveryContext): RecoveryReport {
  const { plan, graph, progress, settings, failure, beganAtMs, atMs, heldMs } = context;
  return reportOf(graph, progress, {
    objectives: settings.objectives,
    times: {
      outageAtMs: plan.outageAtMs ?? beganAtMs,
      beganAtMs,
      endedAtMs: atMs,
      heldMs,
    },
    outcome: outcomeOf(context),
    why: failure?.why ?? null,
  });
}

export function outcomeOf({
  progress,
  failure,
}: Pick<RecoveryContext, 'progress' | 'failure'>): RecoveryOutcome {
  if (failure !== null) return 'failed';
  return progress.parts.some(isLost) ? 'reduced' : 'recovered';
}
