import { describe, expect, it } from 'vitest';
import { createMachine, fromCallback } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { detailOf } from '../../../runtime/inspector/detail.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { lifeOf } from '../../support/live.ts';

/** Regions inside regions, wildcards, forbidden events, delays. */
const plant = createMachine({
  id: 'plant',
  type: 'parallel',
  on: { HALT: '.power.off', RESET: '.power.on' },
  states: {
    power: {
      initial: 'on',
      on: { TEST: {} },
      states: {
        on: {
          on: { CUT: 'off', '*': {}, 'sensor.*': { target: 'off' } },
          after: { 1000: 'off' },
          initial: 'low',
          states: { low: { on: { RAISE: 'high' } }, high: { on: { LOWER: 'low' } } },
        },
        off: { on: { CUT: undefined, RESTORE: 'on' } },
      },
    },
    door: {
      initial: 'shut',
      states: { shut: { on: { OPEN: 'ajar', RESET: {} } }, ajar: { on: { SHUT: 'shut' } } },
    },
  },
});
const ended = createMachine({
  id: 'ended',
  on: { NEVER: {} },
  initial: 'first',
  states: { first: { on: { END: 'last' } }, last: { type: 'final' } },
});
const silent = fromCallback(() => {});

async function running() {
  const t = await testRuntime({
    nameable: false,
    tree: supervisor({
      id: 'app',
      children: [
        child({ id: 'plant', logic: plant }),
        child({ id: 'ended', logic: ended, restart: 'temporary' }),
        child({ id: 'silent', logic: silent }),
      ],
    }),
  });
  const detail = (path: string) => detailOf(lifeOf(t.runtime).core, path);
  const types = () => detail('/app/plant').events.map(({ type }) => type);
  return { t, detail, types };
}

describe('the events of an actor', () => {
  it('are those of each active state and of the states around it, each once', async () => {
    const { t, types } = await running();
    expect(types()).toEqual(['CUT', 'HALT', 'OPEN', 'RAISE', 'RESET']);
    t.send('/app/plant', { type: 'RAISE' });
    expect(types()).toEqual(['CUT', 'HALT', 'LOWER', 'OPEN', 'RESET']);
    t.send('/app/plant', { type: 'CUT' });
    t.send('/app/plant', { type: 'OPEN' });
    // Of `power.off`, `door.ajar`, and the machine itself.
    expect(types()).toEqual(['HALT', 'RESET', 'RESTORE', 'SHUT']);
  });

  it('are none where nothing takes any', async () => {
    const { t, detail } = await running();
    expect(detail('/app/silent').events).toEqual([]);
    expect(detail('/app/ended').events).toEqual([{ type: 'END', can: true }]);
    t.send('/app/ended', { type: 'END' });
    expect(() => detail('/app/gone')).toThrow("There is no actor at '/app/gone'");
  });
});
