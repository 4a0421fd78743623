import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AnySpec,
  type ChildScope,
  type SupervisorSpec,
  supervisor,
} from '../../../actors/child.ts';
import { part, type Scene, supervised } from '../../support/supervised.ts';
import { SupervisionModel } from '../../support/supervision-model.ts';
import type { Plan } from '../../support/supervision-plan.ts';

const full = process.env['KINTSUGI_RUNS'] === 'full';

// Plans of trees.

const DEPTH_MAX = 4;
const PLACES_MAX = 40;

const often = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));

const settings = fc.record({
  restart: often<Plan['restart']>('permanent', 'transient', 'temporary'),
  significant: fc.boolean(),
  needs: fc.array(fc.nat(5), { maxLength: 2 }),
  shutdownMs: often(5_000, 0, 7, 30),
  backoff: fc.record({
    minMs: often(0, 5, 40),
    maxMs: fc.constantFrom(10, 100, 1_000),
    factor: fc.constantFrom(1, 2, 3),
    resetAfterMs: fc.constantFrom(20, 10_000),
  }),
  closesInMs: often<number | undefined>(undefined, 3, 11, 60),
  failsIncarnation: often<readonly [number, number]>([0, 0], [1, 1], [1, 2], [2, 1]),
  failsAtMs: often<readonly [number, number]>([0, 0], [0, 0], [20, 60], [1, 30]),
  strategy: fc.constantFrom<Plan['strategy']>('one_for_one', 'one_for_all', 'rest_for_one'),
  intensity: fc.constantFrom<number>(0, 1, 2, 5, 12, 12),
  periodMs: fc.constantFrom(1, 10, 100),
  autoShutdown: often<Plan['autoShutdown']>('never', 'any_significant', 'all_significant'),
  isLimited: often(false, true),
});

type Seed = (typeof settings extends fc.Arbitrary<infer T> ? T : never) & {
  readonly below?: readonly Seed[];
};

const seeds = fc.letrec<{ node: Seed; inner: Seed }>((tie) => ({
  node: fc.oneof(
    { maxDepth: DEPTH_MAX - 2, withCrossShrink: true },
    { weight: 2, arbitrary: settings },
    { weight: 1, arbitrary: tie('inner') },
  ),
  inner: fc
    .tuple(settings, fc.array(tie('node'), { minLength: 0, maxLength: 5 }))
    .map(([seed, below]) => ({ ...seed, below })),
}));

/** Most are small, some are wide; the root bears much, so that a run is not over too soon. */
const root = fc
  .tuple(
    settings,
    fc.constantFrom(3, 12, 30),
    often(
      fc.array(seeds.node, { minLength: 1, maxLength: 7, size: 'max' }),
      fc.array(seeds.node, { minLength: 1, maxLength: PLACES_MAX, size: 'max' }),
    ).chain((below) => below),
  )
  .map(([seed, intensity, below]) =>
    planOf({ ...seed, intensity, below }, 'app', [], { left: PLACES_MAX }),
  );

/** Small names, dependencies on earlier siblings only, no permanent child that is significant. */
function planOf(
  { below, needs, significant, isLimited, ...seed }: Seed,
  id: string,
  earlier: readonly string[],
  room: { left: number },
): Plan {
  room.left--;
  const dependsOn = [...new Set(needs.flatMap((need) => earlier[need] ?? []))];
  const plan = { ...seed, id, dependsOn, significant: significant && seed.restart !== 'permanent' };
  if (!below) return plan;
  const children: Plan[] = [];
  for (const one of below) {
    if (room.left === 0) break;
    const ids = children.map((other) => other.id);
    children.push(
      planOf(one, 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST'[ids.length]!, ids, room),
    );
  }
  const shutdownMs = isLimited ? seed.shutdownMs : Number.POSITIVE_INFINITY;
  return { ...plan, shutdownMs, children };
}

function specOf(plan: Plan): AnySpec {
  const { id, restart, significant, backoff, shutdownMs } = plan;
  const common = { restart, significant, backoff, shutdownMs, dependsOn: [...plan.dependsOn] };
  if (!plan.children) return part(id, { ...common, input: inputOf(plan) });
  const { strategy, intensity, periodMs, autoShutdown } = plan;
  const own = { strategy, intensity, periodMs, autoShutdown };
  return supervisor({ id, ...common, ...own, children: plan.children.map(specOf) });
}

const inputOf =
  ({ failsIncarnation: [from, count], failsAtMs: [fromMs, toMs], closesInMs }: Plan) =>
  ({ incarnation, at }: ChildScope) => ({
    ...(closesInMs === undefined ? {} : { closesInMs }),
    fails: (incarnation >= from && incarnation < from + count) || (at >= fromMs && at < toMs),
  });

const pathsOf = (plan: Plan, above = ''): string[] => [
  above + plan.id,
  ...(plan.children ?? []).flatMap((child) => pathsOf(child, `${above}${plan.id}/`)),
];

// What happens to them.

const step = fc.record({
  what: often('crash', 'crash', 'end', 'stop', 'restart', 'wait'),
  whom: fc.nat(200),
  ms: fc.constantFrom(0, 1, 5, 10, 39, 100),
});
interface Step {
  readonly what: string;
  readonly whom: number;
  readonly ms: number;
}

async function play({ t }: Scene, { what, ms }: Step, path: string): Promise<void> {
  if (t.runtime.status !== 'running') return;
  if (what === 'wait') await t.advance(ms);
  else if (what === 'crash') t.crash(`/${path}`);
  else if (what === 'end') t.send(`/${path}`, { type: 'END' });
  else if (what === 'stop') await t.runtime.stopChild(`/${path}`).catch(noSuchPlace);
  else await t.runtime.restart(`/${path}`).catch(noSuchPlace);
}

const noSuchPlace = (error: unknown) => expect(error).toBeInstanceOf(RangeError);

function playModel(model: SupervisionModel, { what, ms }: Step, path: string): void {
  if (what === 'wait') model.advance(ms);
  else if (what === 'crash') model.crash(path);
  else if (what === 'end') model.end(path);
  else model.order(what as 'stop' | 'restart', path);
}

/** A restore costs ten times what a run costs: one run in fifty has one. */
let runCount = 0;

async function compare(plan: Plan, steps: readonly Step[]): Promise<void> {
  const model = new SupervisionModel(plan);
  const paths = pathsOf(plan);
  const restoredCount = runCount++ % 50 === 0 ? 1 : 0;
  const scenes = async (scene: Scene) => {
    for (const one of [undefined, ...steps, { what: 'wait', whom: 0, ms: 1_000 }]) {
      // The root cannot be stopped or crashed from here: that ends the runtime, not a child.
      const path = one && (paths[1 + (one.whom % (paths.length - 1))] ?? 'app');
      if (one && path) {
        await play(scene, one, path);
        playModel(model, one, path);
      }
      const said = one ? `${one.what} ${one.what === 'wait' ? one.ms : path}` : 'start';
      expect(`${said}: ${scene.take()}`).toBe(`${said}: ${model.trace.splice(0).join(', ')}`);
    }
  };
  await supervised(specOf(plan) as SupervisorSpec, scenes, undefined, restoredCount);
}

describe('the supervision tree', () => {
  it('starts, stops, kills, restarts and escalates like the reference model', async () => {
    await fc.assert(
      fc.asyncProperty(root, fc.array(step, { maxLength: 30, size: 'max' }), compare),
      { numRuns: full ? 10_000 : 200, includeErrorInReport: true },
    );
  }, 600_000);
});
