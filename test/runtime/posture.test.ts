import { describe, expect, it } from 'vitest';
import {
  builtInCapabilities,
  type PostureSettingsInput,
  postureSettingsSchema,
} from '../../config/posture.ts';
import { meetOf, type Regions } from '../../machines/policies/posture-meet.ts';
import { Posture } from '../../runtime/posture.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';

const regionsOf = (states: Record<string, string>): Regions =>
  Object.fromEntries(
    Object.entries(states).map(([region, state]) => [region, { state, why: 'test', at: 1 }]),
  );

/** A handle that was told what its actor would know. */
function posture(states: Record<string, string> | undefined, given: PostureSettingsInput = {}) {
  const settings = postureSettingsSchema.parse(given);
  const handle = new Posture(settings);
  if (!states) return handle;
  const regions = regionsOf(states);
  handle.observe({ settings, ask: [], subscribers: [], regions, ...meetOf(settings, regions) });
  return handle;
}

describe('the answer to "may I?"', () => {
  it('is yes to everything before the posture has run', () => {
    const handle = posture(undefined, { overrides: [{ user: 'eve', forbids: ['chat'] }] });
    expect(handle.current).toMatchObject({ status: 'idle', forbidden: [], quality: {} });
    expect(builtInCapabilities.every((name) => handle.allows(name))).toBe(true);
    expect(handle.allows('chat', { user: 'eve' })).toBe(true);
    handle.observe(undefined);
    expect(handle.current.status).toBe('idle');
  });

  it('names the nearest capability when it does not know one', () => {
    const handle = posture({});
    expect(() => handle.allows('orders.opne')).toThrow(RangeError);
    expect(() => handle.allows('orders.opne')).toThrow(/Did you mean 'orders.open'\?/);
    expect(() => handle.quality('zzz')).toThrow(/There is no capability "zzz"\. Your own/);
    expect(() => handle.allows('constructor')).toThrow(RangeError);
  });

  it('knows capabilities and regions of the host', () => {
    const given = {
      capabilities: ['reports'],
      otherRegions: { weather: { storm: { forbids: ['reports'] } } },
    };
    expect(posture({}, given).allows('reports')).toBe(true);
    expect(posture({ weather: 'storm' }, given).allows('reports')).toBe(false);
  });

  it('takes the least quality, and none of what is forbidden', () => {
    const handle = posture({ degradation: 'level1', safety: 'degraded' });
    expect(handle.quality('aiInference')).toBe(0.5);
    expect(handle.quality('orders.open')).toBe(0.5);
    expect(handle.quality('analytics')).toBe(0);
    expect(handle.quality('chat')).toBe(1);
  });

  it('narrows for users, endpoints and both together, while a region is in a state', () => {
    const overrides = [
      { user: 'eve', forbids: ['chat'] },
      { endpoint: '/search', region: 'degradation', states: ['level1'], forbids: ['webSearch'] },
      { user: 'bob', endpoint: '/up', region: 'safety', forbids: ['uploads'] },
      { forbids: ['integrations'] },
    ];
    const calm = posture({ degradation: 'normal' }, { overrides });
    expect(calm.allows('chat', { user: 'eve' })).toBe(false);
    expect(calm.allows('chat', { user: 'bob' })).toBe(true);
    expect(calm.allows('chat')).toBe(true);
    expect(calm.quality('chat', { user: 'eve', endpoint: '/any' })).toBe(0);
    expect(calm.allows('webSearch', { endpoint: '/search' })).toBe(true);
    expect(calm.allows('uploads', { user: 'bob', endpoint: '/up' })).toBe(true);
    const tense = posture({ degradation: 'level1', safety: 'healthy' }, { overrides });
    expect(tense.allows('webSearch', { endpoint: '/search' })).toBe(false);
    expect(tense.allows('webSearch', { endpoint: '/other' })).toBe(true);
    expect(tense.allows('uploads', { user: 'bob', endpoint: '/up' })).toBe(false);
    expect(tense.allows('uploads', { user: 'bob' })).toBe(true);
    expect(tense.allows('analytics', { user: 'ann' })).toBe(false);
  });

  it('holds while the actor is down, without new risk, and says so', () => {
    const handle = posture({ degradation: 'level1', safety: 'degraded' });
    handle.observe(undefined);
    expect(handle.current.status).toBe('down');
    expect(handle.allows('analytics')).toBe(false);
    expect(handle.allows('orders.open')).toBe(false);
    expect(handle.quality('orders.open')).toBe(0);
    expect(handle.current.quality).toEqual({ aiInference: 0.5, webSearch: 0.5 });
    expect(handle.allows('orders.reduce')).toBe(true);
    expect(handle.current.forbidden.at(-1)).toMatchObject({ region: 'posture', state: 'down' });
  });

  it('is frozen to the bottom', () => {
    const { current } = posture({ degradation: 'level1' });
    expect(Object.isFrozen(current) && Object.isFrozen(current.forbidden[0])).toBe(true);
  });

  it('follows a change of settings, before and after it runs', async () => {
    await using t = await testRuntime();
    const why = { by: 'ada', why: 'test' };
    const add = { op: 'add', path: '/posture/capabilities/-', value: 'reports' } as const;
    t.runtime.settings.patch([add], why);
    expect(t.runtime.posture.allows('reports')).toBe(true);
    const path = '/posture/degradation/normal/forbids/-';
    t.runtime.settings.patch([{ op: 'add', path, value: 'reports' }], why);
    expect(t.runtime.posture.allows('reports')).toBe(false);
  });
});
