import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, initialTransition, type SnapshotFrom, transition } from 'xstate';
import {
  builtInCapabilities,
  type PostureSettingsInput,
  postureSettingsSchema,
} from '../../config/posture.ts';
import { namesOf } from '../../machines/policies/posture-meet.ts';
import {
  postureMachine as machine,
  type PostureEmitted,
  type PostureEvent,
} from '../../machines/posture.ts';
import { expectSound } from '../../runtime/testing/expect-sound.ts';
import { stranded } from '../support/reaches.ts';

type Snapshot = SnapshotFrom<typeof machine>;

const settings = postureSettingsSchema.parse({});
/** Every state of every region, one that no table knows, and a region that has not spoken. */
const states = {
  degradation: [undefined, ...Object.keys(settings.degradation), 'molten'],
  safety: [undefined, ...Object.keys(settings.safety), 'molten'],
  tradingMode: [undefined, ...Object.keys(settings.tradingMode), 'molten'],
} as const;
type Region = keyof typeof states;
const regions = Object.keys(states) as Region[];

const told = (region: string, state: string, at = 1): PostureEvent => ({
  type: 'REGION_CHANGED',
  at,
  region,
  state,
  why: 'test',
});
const start = (): Snapshot => initialTransition(machine, { settings })[0];
const postureAfter = (events: readonly PostureEvent[]): Snapshot =>
  events.reduce((snapshot, event) => transition(machine, snapshot, event)[0], start());

/** What the table says, read row by row. */
function forbiddenBy(region: Region, state: string): readonly string[] {
  const rows = settings[region] as Record<string, { forbids: readonly string[] }>;
  return rows[state]?.forbids ?? settings.unknownForbids;
}

function* combinations(): Iterable<[Region, string][]> {
  for (const degradation of states.degradation) {
    for (const safety of states.safety) {
      for (const tradingMode of states.tradingMode) {
        yield Object.entries({ degradation, safety, tradingMode }).filter(
          ([, state]) => state !== undefined,
        ) as [Region, string][];
      }
    }
  }
}

describe('posture, in every combination of regions', () => {
  it('allows exactly what no region forbids', () => {
    let count = 0;
    for (const pairs of combinations()) {
      const { context, value } = postureAfter(pairs.map(([region, state]) => told(region, state)));
      const forbidden = new Set(pairs.flatMap(([region, state]) => forbiddenBy(region, state)));
      expect(namesOf(context)).toEqual([...forbidden].sort());
      const isFree = forbidden.size === 0 && Object.keys(context.quality).length === 0;
      expect(value).toBe(isFree ? 'unrestricted' : 'restricted');
      count += 1;
    }
    expect(count).toBe(7 * 6 * 7);
  });

  it('takes exits away only after the emergency plan has ended', () => {
    for (const pairs of combinations()) {
      const { context } = postureAfter(pairs.map(([region, state]) => told(region, state)));
      const isEnd = pairs.some(([, state]) => state === 'haltedAfterPlan');
      const names = namesOf(context);
      expect(names.includes('orders.reduce')).toBe(isEnd);
      expect(names.includes('orders.cancel')).toBe(isEnd);
    }
  });

  it('says who forbids each thing, and never names a quality of what is forbidden', () => {
    for (const pairs of combinations()) {
      const { context } = postureAfter(pairs.map(([region, state]) => told(region, state)));
      for (const [region, state] of pairs) {
        for (const capability of forbiddenBy(region, state)) {
          expect(context.forbidden).toContainEqual({ capability, region, state, why: 'test' });
        }
      }
      const names = namesOf(context);
      for (const name of Object.keys(context.quality)) expect(names).not.toContain(name);
    }
  });

  it('is sound, and an edge never depends on the order in which regions spoke', () => {
    const events = regions.flatMap((region) =>
      states[region].flatMap((state) => (state === undefined ? [] : [told(region, state)])),
    );
    const key = ({ value, context }: Snapshot) =>
      JSON.stringify([value, regions.map((region) => context.regions[region]?.state)]);
    const edges = expectSound(machine, { input: { settings }, events, key });
    expect(edges.length).toBe(7 * 6 * 7 * events.length);
    const closed = ({ context }: Snapshot) => namesOf(context).includes('orders.open');
    expect(stranded(edges, key, closed)).toEqual([]);
    const byRegions = new Map<string, string>();
    for (const { to } of edges) {
      const face = JSON.stringify([to.context.forbidden, to.context.quality]);
      expect(byRegions.get(key(to)) ?? face).toBe(face);
      byRegions.set(key(to), face);
    }
  });

  it('is never widened by one more region', () => {
    const pick = fc.constantFrom(
      ...builtInCapabilities.filter((name) => !/reduce|cancel/.test(name)),
    );
    const rule = fc.record({
      forbids: fc.array(pick, { maxLength: 4 }),
      quality: fc.dictionary(pick, fc.constantFrom(0, 0.25, 0.5, 1), { maxKeys: 3 }),
    });
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 5 }), (rules) => {
        const otherRegions = Object.fromEntries(
          rules.map((one, i) => [`r${'abcde'[i]}`, { on: one }]),
        );
        const drawn = postureSettingsSchema.parse({ otherRegions });
        let [snapshot] = initialTransition(machine, { settings: drawn });
        for (const region of Object.keys(otherRegions)) {
          const before = snapshot.context;
          [snapshot] = transition(machine, snapshot, told(region, 'on'));
          const names = namesOf(snapshot.context);
          for (const name of namesOf(before)) expect(names).toContain(name);
          for (const [name, share] of Object.entries(before.quality)) {
            if (names.includes(name)) continue;
            expect(snapshot.context.quality[name]).toBeLessThanOrEqual(share);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('posture', () => {
  function chart(given: PostureSettingsInput = {}, ask: readonly string[] = []) {
    const actor = createActor(machine, {
      input: { settings: postureSettingsSchema.parse(given), ask },
    }).start();
    const facts: PostureEmitted[] = [];
    actor.on('posture.changed', (fact) => facts.push(fact));
    return { actor, facts };
  }

  it('announces a change of the answer, and no other', () => {
    const { actor, facts } = chart();
    actor.send(told('degradation', 'normal'));
    actor.send(told('degradation', 'level1', 2));
    actor.send({ ...told('degradation', 'level1', 3), why: 'once more' } as PostureEvent);
    expect(facts).toEqual([
      {
        type: 'posture.changed',
        at: 2,
        forbidden: ['analytics', 'backgroundTasks'],
        reasons: ['analytics', 'backgroundTasks'].map((capability) => ({
          capability,
          region: 'degradation',
          state: 'level1',
          why: 'test',
        })),
        quality: { aiInference: 0.5, webSearch: 0.5 },
        region: 'degradation',
        state: 'level1',
        why: 'test',
      },
    ]);
    expect(actor.getSnapshot().context.forbidden[0]?.why).toBe('once more');
  });

  it('lives by other settings at once', () => {
    const { actor, facts } = chart();
    actor.send(told('degradation', 'level1', 4));
    const own = { degradation: { level1: { forbids: ['chat'], quality: {} } } };
    actor.send({ type: 'SETTINGS_CHANGED', settings: postureSettingsSchema.parse(own) });
    expect(facts.at(-1)).toMatchObject({ at: 4, forbidden: ['chat'], region: null, why: null });
  });

  it('that starts again takes no new risk until every region has spoken', () => {
    const { actor, facts } = chart({}, ['/a/degradation', '/a/tradingMode']);
    const names = () => namesOf(actor.getSnapshot().context);
    expect([names(), actor.getSnapshot().value]).toEqual([['orders.open'], 'restricted']);
    actor.send(told('degradation', 'normal'));
    expect(names()).toEqual(['orders.open']);
    expect(actor.getSnapshot().context.forbidden).toMatchObject(
      [{ region: 'tradingMode', state: 'unknown', why: /has not told its state/ }].map((row) => ({
        ...row,
        why: expect.stringMatching(row.why),
      })),
    );
    actor.send(told('tradingMode', 'open'));
    expect([names(), facts.length, actor.getSnapshot().value]).toEqual([[], 1, 'unrestricted']);
  });
});
