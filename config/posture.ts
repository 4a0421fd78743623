/**
 * Settings of the posture: what each state of each region forbids. The table is data: the meet of
 * its rows answers "may I?".
 */
import { z } from 'zod';
import { ratio } from './units.ts';

/** What hosts ask about. A host adds its own by `posture.capabilities`. */
export const builtInCapabilities = [
  'orders.open',
  'orders.reduce',
  'orders.cancel',
  'analytics',
  'backgroundTasks',
  'aiInference',
  'webSearch',
  'uploads',
  'integrations',
  'chat',
  'memoryWrites',
] as const;

/** Exits stay possible: only a halt after the end of the emergency plan takes them away. */
export const exitCapabilities = ['orders.reduce', 'orders.cancel'] as const;

const capability = () =>
  z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,63}$/, "must be letters, digits and '.'");
const stateName = () =>
  z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/, 'must be a name of letters');

type Rule = {
  readonly forbids?: readonly string[];
  readonly quality?: Readonly<Record<string, number>>;
};

/** One row of the table, with what it says when the user says nothing. */
const rule = ({ forbids = [], quality = {} }: Rule = {}) =>
  z
    .strictObject({
      forbids: z
        .array(capability())
        .default([...forbids])
        .describe('Capabilities that nobody has in this state.'),
      quality: z
        .record(capability(), ratio().describe('What remains of it: 1 is all, 0 nothing.'))
        .default({ ...quality })
        .describe('Capabilities that remain at less than full quality, as a share of it.'),
    })
    .prefault({});

const level1 = ['analytics', 'backgroundTasks'];
const level2 = [...level1, 'aiInference', 'webSearch'];
const level3 = [...level2, 'uploads', 'integrations'];
const coreOnly = [...level3, 'chat', 'memoryWrites'];

/** What goes next runs at half quality one level before. */
const degradationRules = z
  .strictObject({
    normal: rule(),
    level1: rule({ forbids: level1, quality: { aiInference: 0.5, webSearch: 0.5 } }),
    level2: rule({ forbids: level2, quality: { uploads: 0.5, integrations: 0.5 } }),
    level3: rule({ forbids: level3, quality: { chat: 0.5, memoryWrites: 0.5 } }),
    emergency: rule({ forbids: coreOnly }),
  })
  .prefault({});

/** In degraded operation positions stay small: hosts size orders by the quality. */
const safetyRules = z
  .strictObject({
    healthy: rule(),
    degraded: rule({ quality: { 'orders.open': 0.5 } }),
    critical: rule({ forbids: ['orders.open', ...level1] }),
    emergency: rule({ forbids: ['orders.open', ...coreOnly] }),
  })
  .prefault({});

const tradingModeRules = z
  .strictObject({
    open: rule(),
    reduceOnly: rule({ forbids: ['orders.open'] }),
    reconciling: rule({ forbids: ['orders.open'] }),
    halted: rule({ forbids: ['orders.open'] }),
    haltedAfterPlan: rule({ forbids: ['orders.open', ...exitCapabilities] }),
  })
  .prefault({});

const overrideSchema = z.strictObject({
  user: z.string().min(1).optional().describe('For this user only.'),
  endpoint: z.string().min(1).optional().describe('For this endpoint only.'),
  region: stateName().optional().describe('Only while this region is in one of `states`.'),
  states: z.array(stateName()).default([]).describe('States of `region`; none: any of them.'),
  forbids: z.array(capability()).min(1).describe('What is forbidden in addition.'),
});

export const postureSettingsSchema = z
  .strictObject({
    capabilities: z.array(capability()).default([]).describe('More capabilities, of the host.'),
    degradation: degradationRules.describe('What each level of degradation forbids.'),
    safety: safetyRules.describe('What each state of the safety manager forbids.'),
    tradingMode: tradingModeRules.describe('What each trading mode forbids.'),
    otherRegions: z
      .record(stateName(), z.record(stateName(), rule()))
      .default({})
      .describe('Regions of the host, each with its states.'),
    unknownForbids: z
      .array(capability())
      .default(['orders.open'])
      .describe('What a region forbids in a state that no table knows.'),
    downForbids: z
      .array(capability())
      .default(['orders.open'])
      .describe('What is forbidden besides the last answer while the posture actor is down.'),
    overrides: z
      .array(overrideSchema)
      .max(1_000)
      .default([])
      .describe('What users or endpoints lack in addition. They never get more than others.'),
  })
  .check(({ value, issues }) => {
    const known = new Set<string>([...builtInCapabilities, ...value.capabilities]);
    for (const { path, names } of mentions(value)) {
      for (const name of names) {
        const isLastExit = path.join('.') === 'tradingMode.haltedAfterPlan';
        const isExit = (exitCapabilities as readonly string[]).includes(name);
        if (known.has(name) && (isLastExit || !isExit)) continue;
        const message = known.has(name)
          ? `'${name}' stays possible until the emergency plan has ended.`
          : `'${name}' is no capability: add it to 'capabilities' first.`;
        issues.push({ code: 'custom', input: name, path: [...path], message });
      }
    }
  })
  .describe('The answer to "may I?": the most restrictive of all regions wins.');

type Mention = { readonly path: readonly (string | number)[]; readonly names: readonly string[] };

/** Every place that takes something away, with what it takes. */
function mentions(settings: PostureSettings): readonly Mention[] {
  const { degradation, safety, tradingMode, otherRegions, overrides } = settings;
  const tables = { degradation, safety, tradingMode };
  const places = Object.entries({ ...tables, ...otherRegions }).flatMap(([region, states]) =>
    Object.entries(states).map(([state, { forbids, quality }]) => ({
      path: [...(region in tables ? [] : ['otherRegions']), region, state],
      names: [...forbids, ...Object.keys(quality)],
    })),
  );
  return [
    ...places,
    ...overrides.map(({ forbids }, index) => ({ path: ['overrides', index], names: forbids })),
    { path: ['unknownForbids'], names: settings.unknownForbids },
    { path: ['downForbids'], names: settings.downForbids },
  ];
}

/** Complete settings. */
export type PostureSettings = z.output<typeof postureSettingsSchema>;

/** What a user may write: everything is optional. */
export type PostureSettingsInput = z.input<typeof postureSettingsSchema>;
