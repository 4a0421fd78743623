/**
 * Why a failover pair moved, or did not: the evidence in words, and the rules of
 * `machines/policies/failover-verdict.ts` applied to it once more, from what was known before.
 */
import {
  type Args,
  after,
  busyText,
  evidenceOf,
  orderRefusal,
} from '../../machines/failover-pair-facts.ts';
import type {
  FailoverPairContext,
  FailoverPairEmitted,
  FailoverPairEvent,
} from '../../machines/failover-pair-types.ts';
import { failoverVerdict, mayFailBack } from '../../machines/policies/failover-verdict.ts';
import { addRestart } from '../../machines/policies/restart-intensity.ts';
import type { Judge } from './evidence.ts';
import { check, type Judged, judging as judgingDecided } from './judging.ts';
import { textOf } from './values.ts';

type Fact<T extends FailoverPairEmitted['type']> = Extract<FailoverPairEmitted, { type: T }>;

interface Known<F> {
  readonly fact: F;
  readonly args: Args;
  readonly to: FailoverPairContext;
}

const judging = <F>(judge: (known: Known<F>) => Judged): Judge =>
  judgingDecided<F, FailoverPairContext, FailoverPairEvent>(
    ({ fact, event, before: context, after: to }) => judge({ fact, args: { context, event }, to }),
  );

/** What the rules say of the same evidence. */
function verdictAgain({ fact, args }: Known<Fact<'failover.decided'>>): string {
  const context = { ...after(args), atMs: fact.at };
  const evidence = evidenceOf(context);
  if (!evidence) return 'nobody was active';
  if (fact.verdict !== 'failBack') return failoverVerdict(context.settings, evidence);
  return mayFailBack(context.settings, evidence) ? 'failBack' : 'stay';
}

const lagText = (lag: number | null): string =>
  lag === null ? 'no copy of the state was made' : `the copy of the state is ${lag} ms old`;

const decided = judging<Fact<'failover.decided'>>((known) => {
  const { fact, args } = known;
  const { active, verdict, missedCount, missedCountMax, switchCount, switchCountMax } = fact;
  const context = { ...after(args), atMs: fact.at };
  const { settings, switchesAtMs, beats } = context;
  const evidence = evidenceOf(context);
  return {
    text:
      `${active} active, ${verdict}: ${textOf(fact.why)}; ${missedCount} heartbeats of it were ` +
      `missed (dead at ${missedCountMax}), the role is ${fact.role}, ${lagText(fact.lagMs)} ` +
      `(at most ${fact.lagMaxMs}), ${switchCount} switches lately (at most ${switchCountMax})`,
    checks: [
      check('verdict by the rules', verdictAgain(known), verdict),
      check('active before', args.context.active, active),
      check('policy in the settings', settings.policy, fact.policy),
      check('heartbeats missed', beats[active].missedCount, missedCount),
      check('bound in the settings', settings.missedCountMax, missedCountMax),
      check('role', evidence?.role, fact.role),
      check('age of the copy, ms', evidence?.copy ? evidence.copy.lagMs : 0, fact.lagMs),
      check('switches that count', recentCount(switchesAtMs, fact.at, settings), switchCount),
    ],
  };
});

const recentCount = (
  switchesAtMs: readonly number[],
  at: number,
  { flap }: FailoverPairContext['settings'],
): number => addRestart(switchesAtMs, at, flap.periodMs).length - 1;

const switched = judging<Fact<'failover.switched'>>(({ fact, args, to }) => ({
  text:
    `${fact.from ?? 'nobody'} -> ${fact.to} under epoch ${fact.epoch}, because of ` +
    `${fact.cause}, ${fact.tookMs} ms after it was decided`,
  checks: [
    check('active now', to.active, fact.to),
    check('epoch now', to.epoch, fact.epoch),
    check('epoch not below the one before', true, fact.epoch >= args.context.epoch),
  ],
}));

const ordered = judging<Fact<'failover.ordered'>>(({ fact, args }) => {
  const known = after(args);
  const again = [orderRefusal(known, args.event), busyText({ ...args, context: known })];
  const what = fact.to === null ? fact.order : `the ${fact.to}`;
  return {
    text:
      `${fact.by} orders ${what} (${textOf(fact.why)}): ` +
      `${fact.refusal === null ? 'it is done' : `refused, ${fact.refusal}`}`,
    checks: [
      check(
        'refusal by the rules',
        again.find((text) => text === fact.refusal),
        fact.refusal,
      ),
    ],
  };
});

const deposed = judging<Fact<'failover.deposed'>>(({ fact, args }) => ({
  text: `the ${fact.side} has the role no more, of epoch ${fact.epoch}: ${textOf(fact.why)}`,
  checks: [
    check('active before', args.context.active, fact.side),
    check('epoch before', args.context.epoch, fact.epoch),
  ],
}));

export const failoverEvidence = {
  'failover.decided': decided,
  'failover.switched': switched,
  'failover.ordered': ordered,
  'failover.deposed': deposed,
};
