import { describe, expect, it } from 'vitest';
import type { AnySpec, ChildSpec } from '../../../actors/child.ts';
import { paperPaths, paperTree } from '../../../actors/paper/tree.ts';
import type { Broker } from '../../../actors/ports.ts';
import { settingsSchema } from '../../../config/settings.ts';

const tree = paperTree({
  broker: {} as Broker,
  admitsOpening: () => true,
  clock: { now: () => 0 },
});

/** Workers by path, in the order in which they start. */
function workers(spec: AnySpec, parent = ''): [string, ChildSpec][] {
  const path = `${parent}/${spec.id}`;
  if (spec.kind === 'worker') return [[path, spec]];
  return spec.children.flatMap((each) => workers(each, path));
}

const started = workers(tree);
const settings = settingsSchema.parse({});
const at = (pointer: string) =>
  pointer
    .slice(1)
    .split('/')
    .reduce((value, key) => (value as Record<string, never>)[key]!, settings as unknown);

describe('tree of the paper host', () => {
  it('has every actor at its published path', () => {
    expect(started.map(([path]) => path).sort()).toEqual(Object.values(paperPaths).sort());
  });

  it('starts receivers before those who send to them', () => {
    const place = (path: string) => started.findIndex(([each]) => each === path);
    const { account, session, strategy, monitor, brokerBreaker, feedBreaker } = paperPaths;
    expect(place(account)).toBeLessThan(place(session));
    expect(place(brokerBreaker)).toBeLessThan(place(session));
    expect(place(session)).toBeLessThan(place(strategy));
    expect(place(strategy)).toBeLessThan(place(monitor));
    expect(place(feedBreaker)).toBeLessThan(place(monitor));
  });

  it.each(started)(
    'gives %s settings that exist, and an input that it can start with',
    (path, spec) => {
      expect(spec.settings).toMatch(/^\/paper/);
      const found = at(spec.settings!);
      expect(found).toBeDefined();
      const scope = { path, seed: 1, incarnation: 0, at: 5, settings: found };
      const input = typeof spec.input === 'function' ? spec.input(scope) : spec.input;
      expect(JSON.stringify(input)).not.toContain('undefined');
      if (path === paperPaths.session)
        expect(input).toMatchObject({ settings: { symbol: 'BTC-PERP' } });
    },
  );
});
