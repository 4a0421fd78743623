/**
 * Decisions that can be judged again: by machine and fact, a function that reads the evidence and
 * comes to its own verdict. A component that decides adds its line here.
 */
import { breakerEvidence } from './breaker-evidence.ts';
import { doorsEvidence } from './doors-evidence.ts';
import { failoverEvidence } from './failover-evidence.ts';
import { analysisEvidence, feedEvidence, sessionEvidence } from './paper-evidence.ts';
import { alertEvidence, probeEvidence } from './probe-evidence.ts';
import { recoveryEvidence } from './recovery-evidence.ts';
import {
  degradationEvidence,
  healthEvidence,
  postureEvidence,
  tradingModeEvidence,
} from './safeguard-evidence.ts';
import { safetyEvidence } from './safety-evidence.ts';
import { patchEvidence, secrEvidence } from './secr-evidence.ts';
import { signalEvidence } from './signal-evidence.ts';
import { tensorPoolEvidence } from './tensor-evidence.ts';

/** What is known of a decision: the fact that announced it, and its actor around the macrostep. */
export interface Decision {
  readonly fact: { readonly type: string; readonly [field: string]: unknown };
  /** The event of the macrostep; undefined when the actor was starting. */
  readonly event: { readonly type: string; readonly [field: string]: unknown } | undefined;
  /** Contexts before and after. */
  readonly before: unknown;
  readonly after: unknown;
}

export interface Judgement {
  /** The evidence in one sentence. */
  readonly text: string;
  /** One line for each number or rule that was compared. */
  readonly checks: readonly Check[];
  /** The same rules, applied again to the evidence, come to the same decision. */
  readonly agrees: boolean;
}

export interface Check {
  readonly what: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Undefined when the fact decides nothing. */
export type Judge = (decision: Decision) => Omit<Judgement, 'agrees'> | undefined;

/** By machine id, then by the type of the fact. */
export type Evidence = { readonly [machine: string]: { readonly [fact: string]: Judge } };

const evidence: Evidence = {
  alert: alertEvidence,
  analysis: analysisEvidence,
  circuitBreaker: breakerEvidence,
  degradation: degradationEvidence,
  doors: doorsEvidence,
  failoverPair: failoverEvidence,
  feedMonitor: feedEvidence,
  healthMonitor: healthEvidence,
  healthProbe: probeEvidence,
  patch: patchEvidence,
  posture: postureEvidence,
  recovery: recoveryEvidence,
  safety: safetyEvidence,
  secr: secrEvidence,
  session: sessionEvidence,
  signalBreaker: signalEvidence,
  tensorPool: tensorPoolEvidence,
  tradingMode: tradingModeEvidence,
};

/**
 * Judges a decision again; undefined when nobody knows how.
 *
 * @param known judges by machine and fact; those of this runtime by default.
 */
export function judge(
  machine: string,
  decision: Decision,
  known: Evidence = evidence,
): Judgement | undefined {
  const judgement = known[machine]?.[decision.fact.type]?.(decision);
  if (!judgement) return undefined;
  const agrees = judgement.checks.every(({ expected, actual }) => same(expected, actual));
  return { ...judgement, agrees };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
