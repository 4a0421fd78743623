/** What a failover pair knows after an event, and what it decides by that. Pure. */
import type {
  AcquireOutcome,
  FailoverPairContext,
  FailoverPairEvent,
  FailoverRole,
  StepOutcome,
} from './failover-pair-types.ts';
import {
  type Copy,
  type FailoverEvidence,
  failoverVerdict,
  isDead,
  isStale,
  otherSide,
  type Side,
  type Verdict,
} from './policies/failover-verdict.ts';

export interface Args {
  readonly context: FailoverPairContext;
  readonly event: FailoverPairEvent;
}

export const isLocal = ({ local }: FailoverPairContext, side: Side | null): boolean =>
  side !== null && local.includes(side);

/** How a step ended, from the event that ends its port. */
export function outcomeOf(event: object): AcquireOutcome | StepOutcome | undefined {
  if ('output' in event) return event.output as AcquireOutcome | StepOutcome;
  if (!('error' in event)) return undefined;
  const { error } = event;
  const why = error instanceof Error ? error.message : String(error);
  return { kind: 'failed', at: Number.NEGATIVE_INFINITY, why };
}

function timeOf({ context, event }: Args): number {
  const at = 'at' in event ? event.at : outcomeOf(event)?.at;
  return Math.max(context.atMs, at ?? context.atMs);
}

/** Everything that an event tells, whatever follows from it. */
export function noted(args: Args): Partial<FailoverPairContext> {
  const { context, event } = args;
  const atMs = timeOf(args);
  if (event.type === 'ROLE_SEEN')
    return { atMs, copy: copyOf(event), ...roleAfter(context, event) };
  if (event.type !== 'BEAT_PASSED' && event.type !== 'BEAT_MISSED') return { atMs };
  const beats =
    event.type === 'BEAT_PASSED'
      ? { missedCount: 0, passes: true, why: null }
      : { missedCount: event.missedCount, passes: false, why: event.why };
  return { atMs, copy: copyOf(event), beats: { ...context.beats, [event.side]: beats } };
}

const copyOf = ({ lagMs }: { readonly lagMs?: number | null }): Copy | null =>
  lagMs === undefined ? null : { lagMs };

function roleAfter(context: FailoverPairContext, { side, epoch, isReleased }: FailoverRole) {
  if (epoch < context.role.epoch) return {};
  return { epoch: Math.max(context.epoch, epoch), role: { side, epoch, isReleased } };
}

/** As the context will be once the event is noted. */
export const after = (args: Args): FailoverPairContext => ({ ...args.context, ...noted(args) });

/** What the verdict on the active side is made from; undefined while there is none. */
export function evidenceOf(context: FailoverPairContext): FailoverEvidence | undefined {
  const { active, atMs: at, beats, role, copy, nextTryAtMs, switchesAtMs } = context;
  if (active === null) return undefined;
  const isFree = !isLocal(context, active) && role.side === null;
  const status = isFree ? (role.isReleased ? 'released' : 'expired') : 'held';
  // How old the copy on the other host is, only that host can tell.
  const own = isLocal(context, otherSide(active)) ? copy : null;
  return { at, active, beats, role: status, copy: own, nextTryAtMs, switchesAtMs };
}

export function verdictOf(args: Args): Verdict {
  const context = after(args);
  const evidence = evidenceOf(context);
  return evidence ? failoverVerdict(context.settings, evidence) : 'stay';
}

/** The event says that this host has the role no more, or never had it in this life. */
export function saysLost({ context, event }: Args): boolean {
  if (event.type === 'LEASE_LOST') return event.epoch === context.epoch;
  if (event.type === 'WATCH_BEGAN') return event.heldEpoch !== context.epoch;
  return event.type === 'ROLE_SEEN' && event.epoch > context.epoch;
}

export function lossText({ event }: Args): string {
  if (event.type === 'LEASE_LOST') return event.why;
  if (event.type === 'WATCH_BEGAN') return 'this host was started anew';
  return event.type === 'ROLE_SEEN' ? `the role has epoch ${event.epoch}` : '';
}

/** Why an order finds nobody who could follow it now. */
export function busyText({ context, event }: Args): string {
  if (event.type === 'RESUME') return 'it is not suspended';
  const isAlready = event.type === 'SUSPEND' && context.suspension !== null;
  return isAlready ? 'it is suspended already' : 'a switch is under way';
}

/** Why an order to switch is not followed; null when it is. */
export function orderRefusal(context: FailoverPairContext, event: FailoverPairEvent) {
  if (event.type !== 'SWITCH') return null;
  const { active, settings, beats, copy } = context;
  const { to, allowStale } = event;
  if (to !== 'primary' && to !== 'backup') return 'there is no such side';
  if (to === active) return 'it is active already';
  if (isDead(settings, beats[to])) return `it is not alive: ${beats[to].why}`;
  // A side that is alive is asked for its state once more.
  const isLast = active === null || !beats[active].passes;
  const isOld = isLast && isLocal(context, to) && isStale(settings, copy);
  return isOld && !allowStale ? `its copy of the state is ${lagText(copy)}` : null;
}

const lagText = (copy: Copy | null): string =>
  typeof copy?.lagMs === 'number' ? `${copy.lagMs} ms old` : 'not there yet';
