/** Where the role goes next, and what a move leaves behind. Pure. */
import { type Args, evidenceOf, lossText } from './failover-pair-facts.ts';
import type { FailoverCause, FailoverMove, FailoverPairContext } from './failover-pair-types.ts';
import { backoffMs } from './policies/backoff.ts';
import { isDead, otherSide, type Side } from './policies/failover-verdict.ts';
import { drawRatio } from './policies/random.ts';
import { addRestart } from './policies/restart-intensity.ts';

/**
 * `away` from the active side; `ordered`; `home` to the primary; `again` to the own side, after a
 * loss; `back` to the side that was left; `anywhere`, while nobody is active; `seen`, to whoever
 * has the role.
 */
export type Aim = 'away' | 'ordered' | 'home' | 'again' | 'back' | 'anywhere' | 'seen';

interface Target {
  readonly to: Side;
  readonly cause: FailoverCause;
  readonly why: string;
}

function targetOf(args: Args, aim: Exclude<Aim, 'seen'>): Target {
  const { context, event } = args;
  const { move, active, beats } = context;
  switch (aim) {
    case 'away': {
      const { role } = evidenceOf(context)!;
      const why = beats[active!].why ?? `the role is ${role}`;
      return { to: otherSide(active!), cause: role === 'released' ? 'handedOver' : 'failure', why };
    }
    case 'ordered': {
      const order = event as Extract<typeof event, { type: 'SWITCH' }>;
      return { to: order.to, cause: 'order', why: `${order.by}: ${order.why}` };
    }
    case 'home':
      return { to: 'primary', cause: 'failBack', why: 'the primary is back' };
    case 'again':
      return { to: active!, cause: 'deposed', why: lossText(args) };
    case 'back':
      return { to: move?.from ?? 'primary', cause: 'retry', why: 'the move failed' };
    case 'anywhere':
      return { to: nextAim(context), cause: 'retry', why: 'nobody is active' };
  }
}

/** The move that begins. */
export function aimed(args: Args, aim: Aim): Partial<FailoverPairContext> {
  const { context } = args;
  const { move, role, active, beats, atMs: beganAtMs, moveCount } = context;
  if (aim === 'seen') return move && role.side ? { move: { ...move, to: role.side } } : {};
  const target = targetOf(args, aim);
  const mayBePlanned = ['order', 'failBack', 'handedOver'].includes(target.cause);
  const isPlanned = mayBePlanned && active !== null && beats[active].passes;
  const next: FailoverMove = { ...target, from: active, isPlanned, beganAtMs };
  return { move: next, moveCount: moveCount + 1 };
}

/** Whom to try after a failed move, while nobody is active. */
function nextAim({ move, beats, settings }: FailoverPairContext): Side {
  const to = move?.to ?? 'primary';
  const other = otherSide(to);
  return settings.policy !== 'manual' && beats[other].passes ? other : to;
}

/** The side that was left is alive and can be active again at once. */
export function canRollBack({ move, settings, beats }: FailoverPairContext): boolean {
  if (!move || move.cause === 'retry' || move.from === null || move.from === move.to) return false;
  return !isDead(settings, beats[move.from]);
}

export function arrived(context: FailoverPairContext): Partial<FailoverPairContext> {
  const { move, atMs, switchesAtMs, settings, failureCount, nextTryAtMs, active } = context;
  const isOwn = move?.cause !== 'start' && move?.cause !== 'order';
  return {
    active: move?.to ?? active,
    move: null,
    changedAtMs: atMs,
    refusal: null,
    // A return after a failed move does not make that undone.
    failureCount: move?.cause === 'retry' ? failureCount : 0,
    nextTryAtMs: move?.cause === 'retry' ? nextTryAtMs : atMs,
    switchesAtMs: isOwn ? addRestart(switchesAtMs, atMs, settings.flap.periodMs) : switchesAtMs,
  };
}

export function failed(context: FailoverPairContext): Partial<FailoverPairContext> {
  const { settings, seed, failureCount, atMs, moveCount } = context;
  const { minMs: baseMs, ...backoff } = settings.backoff;
  const waitMs = backoffMs({ baseMs, ...backoff }, failureCount, drawRatio(seed, moveCount));
  return { failureCount: failureCount + 1, nextTryAtMs: atMs + waitMs };
}
