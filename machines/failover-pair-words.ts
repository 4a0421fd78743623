/** What a failover pair says, as facts. Pure. */
import { type Args, after, evidenceOf, lossText, outcomeOf } from './failover-pair-facts.ts';
import type { FailoverPairContext, FailoverPairEmitted } from './failover-pair-types.ts';
import type { Verdict } from './policies/failover-verdict.ts';
import { addRestart } from './policies/restart-intensity.ts';

type Fact<T extends FailoverPairEmitted['type']> = Extract<FailoverPairEmitted, { type: T }>;

const words: Readonly<Record<Verdict, string>> = {
  stay: 'it is alive',
  switch: 'the other side takes over',
  suspend: 'it has switched too often',
  manual: 'the policy leaves it to operators',
  backOff: 'the last switch failed a short while ago',
  standbyDown: 'the other side is not alive',
  stale: 'the copy of the state on the other side is too old',
};

/** The verdict, with all that it was made from. */
export function decisionOf(
  context: FailoverPairContext,
  verdict: Verdict | 'failBack',
): Extract<FailoverPairEmitted, { type: 'failover.decided' }> {
  const { name, atMs: at, settings, switchesAtMs } = context;
  const evidence = evidenceOf(context)!;
  const { active, beats, role, copy } = evidence;
  const why = verdict === 'failBack' ? 'the primary was stable for long enough' : words[verdict];
  const recent = addRestart(switchesAtMs, at, settings.flap.periodMs).length - 1;
  return {
    type: 'failover.decided',
    at,
    name,
    verdict,
    active,
    policy: settings.policy,
    missedCount: beats[active].missedCount,
    missedCountMax: settings.missedCountMax,
    role,
    lagMs: copy === null ? 0 : copy.lagMs,
    lagMaxMs: settings.lagMaxMs,
    switchCount: recent,
    switchCountMax: settings.flap.switchCountMax,
    why: beats[active].why === null ? why : `${why} (${beats[active].why})`,
  };
}

/** Who gives an order, and why; a pair that resumes by itself has no name. */
export const signOf = (event: Args['event']) =>
  'by' in event ? { by: event.by, why: event.why } : { by: null, why: 'the time is over' };

export function orderedOf({ context, event }: Args, refusal: string | null) {
  const { name, atMs: at } = context;
  const { by, why } = signOf(event);
  const to = event.type === 'SWITCH' ? event.to : null;
  const order = event.type as Fact<'failover.ordered'>['order'];
  const type = 'failover.ordered' as const;
  return { type, at, name, order, to, by: by ?? '', why, refusal };
}

export const switchedOf = (context: FailoverPairContext): Fact<'failover.switched'> => {
  const { name, atMs: at, epoch, move } = context;
  const { from = null, to = 'primary', cause = 'start', beganAtMs = at } = move ?? {};
  return { type: 'failover.switched', at, name, from, to, epoch, cause, tookMs: at - beganAtMs };
};

function failureText(args: Args): string {
  const outcome = outcomeOf(args.event);
  if (outcome?.kind === 'failed') return outcome.why;
  if (outcome?.kind === 'held') return `the ${outcome.side} has the role and renews it`;
  if (outcome?.kind === 'granted') return `the lease has the old epoch ${outcome.epoch}`;
  return lossText(args) || 'the other host did not take the role';
}

export function failedOf(args: Args): Fact<'failover.failed'> {
  const { name, atMs: at, move, failureCount, nextTryAtMs } = args.context;
  const { to = 'primary', cause = 'start' } = move ?? {};
  const why = failureText(args);
  return { type: 'failover.failed', at, name, to, cause, why, failureCount, nextTryAtMs };
}

export function deposedOf(args: Args): Fact<'failover.deposed'> {
  const { name, active, epoch } = args.context;
  const { atMs: at } = after(args);
  const side = active ?? 'primary';
  return { type: 'failover.deposed', at, name, side, epoch, why: lossText(args) };
}

export function suspendedOf(context: FailoverPairContext): FailoverPairEmitted {
  const { name, atMs: at, active, suspension } = context;
  const { by, why, untilMs } = suspension ?? { by: null, why: '', untilMs: null };
  return { type: 'failover.suspended', at, name, active, by, why, untilMs };
}

export function resumedOf({ context, event }: Args): FailoverPairEmitted {
  const { name, atMs: at, active } = context;
  return { type: 'failover.resumed', at, name, active, ...signOf(event), untilMs: null };
}
