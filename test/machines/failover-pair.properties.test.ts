/** Failover pair, on every edge: hosts with both sides, with the primary, with the backup. */
import { describe, expect, it } from 'vitest';
import type { EventFromLogic, SnapshotFrom } from 'xstate';
import {
  type FailoverSettings,
  type FailoverSettingsInput,
  failoverSettingsSchema,
} from '../../config/failover-pair.ts';
import { failoverPairMachine as machine } from '../../machines/failover-pair.ts';
import { isDead, isStale, otherSide, type Side } from '../../machines/policies/failover-verdict.ts';
import { describeEdge } from '../../runtime/testing/expect-invariant.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { type Edge, walk } from '../../runtime/testing/walk.ts';
import { stranded } from '../support/reaches.ts';

type Snapshot = SnapshotFrom<typeof machine>;
type Event = EventFromLogic<typeof machine>;

const full = process.env['KINTSUGI_RUNS'] === 'full';
const hosts: readonly (readonly Side[])[] = [['primary', 'backup'], ['primary'], ['backup']];
const sides: readonly Side[] = ['primary', 'backup'];
const who = { by: 'ada', why: 'test' };

const parse = (given: FailoverSettingsInput) => failoverSettingsSchema.parse(given);
const input = (drawn: FailoverSettings, local: readonly Side[]) => ({
  name: 'session',
  settings: drawn,
  local,
  seed: 1,
  at: 0,
});

const done = (id: string, output: object) =>
  ({ type: `xstate.done.actor.${id}`, output }) as unknown as Event;

/** Outcomes of the step that runs: good, bad, late, and such as no sound store would give. */
function outcomes({ context, _nodes }: Snapshot): Event[] {
  const at = context.atMs;
  const ids = _nodes.flatMap((node) => node.invoke.map(({ id }) => id));
  const failed = { kind: 'failed', at, why: 'test' };
  const steps = ['leave', 'undo', 'activate'].filter((id) => ids.includes(id));
  return [
    ...steps.flatMap((id) => [done(id, { kind: 'done', at }), done(id, failed)]),
    ...(ids.includes('acquire')
      ? [
          ...[1, 0].map((more) =>
            done('acquire', { kind: 'granted', at, epoch: context.epoch + more }),
          ),
          ...sides.map((side) => done('acquire', { kind: 'held', at, side, epoch: context.epoch })),
          done('acquire', { kind: 'held', at, side: 'backup', epoch: context.epoch + 1 }),
          done('acquire', failed),
        ]
      : []),
  ];
}

function events(snapshot: Snapshot): Event[] {
  const { context } = snapshot;
  const { atMs: at, epoch } = context;
  const { missedCountMax } = context.settings;
  const remote = sides.filter((side) => !context.local.includes(side));
  const beats = (side: Side): Event[] => [
    { type: 'BEAT_PASSED', at, side, lagMs: 0 },
    { type: 'BEAT_MISSED', at, side, missedCount: missedCountMax, why: 'x', lagMs: 0 },
  ];
  // Every host begins with a look at each side.
  const unknown = sides.find((side) => {
    const { passes, why } = context.beats[side];
    return !passes && why === null;
  });
  if (unknown) return beats(unknown);
  const { active } = context;
  return [
    ...outcomes(snapshot),
    ...sides.flatMap(beats),
    ...(active ? [{ ...beats(active)[1]!, lagMs: null } as Event] : []),
    ...sides.flatMap((side): Event[] => [
      { type: 'SWITCH', at, to: side, ...who },
      { type: 'SWITCH', at, to: side, by: ' ', why: 'test', allowStale: true },
    ]),
    ...remote.flatMap((side): Event[] => [
      { type: 'ROLE_SEEN', at, side, epoch, isReleased: false },
      { type: 'ROLE_SEEN', at, side, epoch: epoch + 1, isReleased: false },
      { type: 'ROLE_SEEN', at, side: null, epoch, isReleased: false },
      { type: 'ROLE_SEEN', at, side: null, epoch: epoch - 1, isReleased: true },
      { type: 'ROLE_SEEN', at, side: null, epoch, isReleased: true, lagMs: null },
    ]),
    { type: 'LEASE_LOST', at, epoch, why: 'x' },
    { type: 'LEASE_LOST', at, epoch: epoch - 1, why: 'x' },
    { type: 'WATCH_BEGAN', at, heldEpoch: null },
    { type: 'WATCH_BEGAN', at, heldEpoch: epoch },
    { type: 'SUSPEND', at, ...who },
    { type: 'RESUME', at, ...who },
  ];
}

/** What guards read: epochs and times count only against each other. */
const key = ({ value, context }: Snapshot): string => {
  const { active, role, epoch, beats, copy, move, atMs, nextTryAtMs, settings: known } = context;
  const beat = (side: Side) => [beats[side].passes, isDead(known, beats[side])];
  const isWatched = active !== null && !context.local.includes(active);
  const isSeen = role.side !== null && role.epoch === epoch;
  const { periodMs } = known.flap;
  const isFlapping = context.switchesAtMs.some((at) => at >= atMs - periodMs);
  const isHome = move && (move.from === null || move.from === move.to || move.cause === 'retry');
  const isCounted = move && move.cause !== 'start' && move.cause !== 'order';
  return JSON.stringify([
    [value, active, isWatched && role.side === null && [role.isReleased], isSeen],
    [...sides.map(beat), isStale(known, copy), nextTryAtMs > atMs, isFlapping],
    [move?.to, isHome, isCounted, context.suspension?.untilMs === null],
  ]);
};

type PairEdge = Edge<typeof machine>;
type Policy = FailoverSettings['policy'];

/** Small settings under which everything can happen soon. */
const known = (policy: Policy, switchCountMax: number) =>
  parse({
    policy,
    missedCountMax: 1,
    suspendMs: 5_000,
    flap: { switchCountMax },
    backoff: { jitterRatio: 0 },
  });

// Ordinary runs walk a host with both sides, and one that watches the other; full runs all.
const cases = (full ? hosts : [hosts[0]!, hosts[2]!]).flatMap((local) => {
  const policies: readonly Policy[] = full ? ['automatic', 'sticky'] : ['automatic'];
  // Flaps are walked where both sides run: elsewhere they only multiply the snapshots.
  const count = local.length === 2 ? 1 : 1_000;
  return policies.map((policy) => ({ local, policy, count }));
});
const options = { events, key, limit: 30_000 };
/** Without orders that suspend. */
const fewer = (snapshot: Snapshot) =>
  events(snapshot).filter(({ type }) => type !== 'SUSPEND' && type !== 'RESUME');
const walks = cases.map(({ local, policy, count }) =>
  walk(machine, {
    ...options,
    events: local.length === 2 ? events : fewer,
    input: input(known(policy, count), local),
  }),
);
const edges: readonly PairEdge[] = walks.flat();
const manual = walk(machine, {
  ...options,
  events: fewer,
  input: input(known('manual', 1_000), ['backup']),
});

const broken = (holds: (edge: PairEdge) => boolean, among = edges) =>
  among
    .filter((edge) => !holds(edge))
    .slice(0, 3)
    .map(describeEdge);

const is = ({ value }: Snapshot, state: string) => JSON.stringify(value).includes(`"${state}"`);
const isHere = ({ context }: Snapshot) =>
  context.active !== null && context.local.includes(context.active);
const isOrder = (event: Event) => 'by' in event && event.by.trim() !== '';
const isElapsed = (event: Event, name: string) => event.type.startsWith(`xstate.after.${name}.`);

/** The event says that somebody else has the role, or that this host lost it. */
const isLoss = ({ event, from: { context } }: PairEdge) =>
  (event.type === 'LEASE_LOST' && event.epoch === context.epoch) ||
  (event.type === 'WATCH_BEGAN' && event.heldEpoch !== context.epoch) ||
  (event.type === 'ROLE_SEEN' && event.epoch > context.epoch);

describe('failover pair, on every edge', () => {
  it('is sound', () => {
    const local = hosts[0]!;
    const found = expectSound(machine, {
      ...options,
      input: input(known('automatic', 1), local),
      events: full ? events : (one) => events(one).filter((event) => !('by' in event)),
      exclusiveTags: ['settled', 'moving', 'suspended'],
      unreachable: [
        ...['choosing', 'handing', 'following', 'failing'].flatMap((step) => [
          ...[`switching.${step}`, `failingBack.${step}`],
        ]),
        'suspended.resuming',
      ],
    });
    expect(found.length).toBeGreaterThan(1_000);
  });

  it('comes to rest from everywhere', () => {
    for (const walked of walks) {
      expect(stranded(walked, key, (one) => one.hasTag('settled'))).toEqual([]);
    }
  });

  it('shows who is active', () => {
    expect(
      broken(({ to }) => {
        if (is(to, 'primary')) return to.context.active === 'primary';
        return !to.hasTag('settled') || to.context.active === 'backup';
      }),
    ).toEqual([]);
  });

  it('never decreases its epoch', () => {
    expect(
      broken(({ from: { context: before }, to: { context } }) => {
        return context.epoch >= before.epoch && context.role.epoch >= before.role.epoch;
      }),
    ).toEqual([]);
  });

  it('activates one side under each epoch: the epoch grows before each activation', () => {
    expect(
      broken(({ from, to }) => {
        if (!is(to, 'activating') || is(from, 'activating')) return true;
        const isNew = to.context.epoch > from.context.epoch;
        return is(from, 'acquiring') && isNew && to.context.active === null;
      }),
    ).toEqual([]);
  });

  it('lets a side of this host act only after its activation', () => {
    expect(
      broken(({ from, event, to }) => {
        if (!isHere(to) || to.context.active === from.context.active) return true;
        const isDone = event.type === ('xstate.done.actor.activate' as never);
        const isSame = to.context.epoch === from.context.epoch;
        return is(from, 'activating') && isDone && isSame;
      }),
    ).toEqual([]);
  });

  it('takes a side of another host for active only as the lease says', () => {
    expect(
      broken(({ from, to }) => {
        const { active, role, epoch } = to.context;
        if (active === null || isHere(to) || active === from.context.active) return true;
        return role.side === active && role.epoch === epoch;
      }),
    ).toEqual([]);
  });

  it('asks for the lease only once no side of this host acts', () => {
    expect(broken(({ to }) => !is(to, 'acquiring') || !isHere(to))).toEqual([]);
    expect(broken(({ to }) => !is(to, 'handing') || !isHere(to))).toEqual([]);
  });

  it('is not active on a host that lost the role', () => {
    expect(broken((edge) => !isHere(edge.from) || !isLoss(edge) || is(edge.to, 'leaving'))).toEqual(
      [],
    );
  });

  it('gives up an activation when the role was lost meanwhile', () => {
    expect(
      broken((edge) => !is(edge.from, 'activating') || !isLoss(edge) || is(edge.to, 'undoing')),
    ).toEqual([]);
  });

  it('leaves a suspension by order, or when its time is over', () => {
    expect(
      broken(({ from, event, to }) => {
        if (!from.hasTag('suspended') || to.hasTag('suspended')) return true;
        const isOver = isElapsed(event, 'suspension') && from.context.suspension!.by === null;
        return isOver || (isOrder(event) && event.type !== 'SUSPEND');
      }),
    ).toEqual([]);
  });

  it('is suspended by order, or when it would switch once too often', () => {
    expect(
      broken(({ from, event, to }) => {
        if (from.hasTag('suspended') || !to.hasTag('suspended')) return true;
        return event.type === 'SUSPEND' || to.context.switchesAtMs.length > 0;
      }),
    ).toEqual([]);
  });

  it('obeys no order that nobody signed', () => {
    const unsigned = (edge: PairEdge) => 'by' in edge.event && !isOrder(edge.event);
    expect(broken((edge) => !unsigned(edge) || key(edge.from) === key(edge.to))).toEqual([]);
  });

  it('leaves an active side only for reasons', () => {
    expect(
      broken((edge) => {
        const { from, event, to } = edge;
        if (!from.hasTag('settled') || !to.hasTag('moving')) return true;
        if (isLoss(edge) && isHere(from)) return true;
        if (isOrder(event)) return event.type === 'SWITCH' && event.to !== from.context.active;
        const { active, beats, role, copy, settings: set } = to.context;
        if (isElapsed(event, 'stableTime')) return beats.primary.passes && active === 'backup';
        const side = from.context.active!;
        const isFree = !isHere(from) && role.side === null;
        const isFresh = !to.context.local.includes(otherSide(side)) || !isStale(set, copy);
        if (isFree && role.isReleased) return isFresh || beats[side].passes;
        return (isFree || isDead(set, beats[side])) && beats[otherSide(side)].passes && isFresh;
      }),
    ).toEqual([]);
  });

  it('moves by order only under the policy `manual`, or after a loss', () => {
    const moves = (edge: PairEdge) => edge.from.hasTag('settled') && edge.to.hasTag('moving');
    expect(manual.filter(moves).length).toBeGreaterThan(10);
    expect(
      broken((edge) => {
        const { context } = edge.to;
        const isHandedOver = !isHere(edge.from) && context.role.isReleased;
        return !moves(edge) || isOrder(edge.event) || isLoss(edge) || isHandedOver;
      }, manual),
    ).toEqual([]);
  });
});
