import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import {
  type ChildRestart,
  type SupervisorEmitted,
  supervisorMachine,
} from '../../machines/supervisor.ts';

function start(input = { intensity: 2, periodMs: 1_000 }, isRunning = true) {
  const actor = createActor(supervisorMachine, { input }).start();
  const facts: SupervisorEmitted[] = [];
  actor.on('*', (fact) => facts.push(fact));
  if (isRunning) actor.send({ type: 'CHILDREN_STARTED' });
  return {
    facts,
    send: actor.send,
    down: (restart: ChildRestart, failed: boolean, at = 0, id = 'a') =>
      actor.send({ type: 'CHILD_DOWN', id, restart, failed, why: 'boom', at }),
    get state() {
      return actor.getSnapshot().value;
    },
    get orders() {
      return actor.getSnapshot().context.orders;
    },
  };
}

describe('a supervisor', () => {
  it.each<[ChildRestart, boolean, 'restart' | 'remove']>([
    ['permanent', true, 'restart'],
    ['permanent', false, 'restart'],
    ['transient', true, 'restart'],
    ['transient', false, 'remove'],
    ['temporary', true, 'remove'],
    ['temporary', false, 'remove'],
  ])('of a %s child, crashed: %s, orders to %s it', (restart, failed, order) => {
    const supervisor = start();
    supervisor.down(restart, failed, 7);
    expect(supervisor.orders).toEqual([{ order, id: 'a' }]);
    expect(supervisor.state).toBe('running');
    expect(supervisor.facts).toEqual([
      order === 'restart'
        ? { type: 'supervisor.restarted', child: 'a', why: 'boom', at: 7 }
        : { type: 'supervisor.removed', child: 'a', at: 7 },
    ]);
  });

  it('orders only what the last event asks for', () => {
    const supervisor = start();
    supervisor.down('permanent', true, 0, 'a');
    supervisor.down('permanent', true, 0, 'b');
    expect(supervisor.orders).toEqual([{ order: 'restart', id: 'b' }]);
  });

  it('gives up with the first restart that is one too many, and orders nothing', () => {
    const supervisor = start();
    supervisor.down('permanent', true, 0, 'a');
    supervisor.down('permanent', true, 500, 'b');
    supervisor.down('transient', true, 1_000, 'c');
    expect([supervisor.state, supervisor.orders]).toEqual(['gaveUp', []]);
    expect(supervisor.facts.at(-1)).toEqual({
      type: 'supervisor.gaveUp',
      child: 'c',
      why: 'boom',
      intensity: 2,
      periodMs: 1_000,
    });
  });

  it('does not give up when the first of them is longer ago than its period', () => {
    const supervisor = start();
    for (const at of [0, 500, 1_001]) supervisor.down('permanent', true, at);
    expect(supervisor.state).toBe('running');
  });

  it('counts no child that stays down', () => {
    const supervisor = start({ intensity: 0, periodMs: 1_000 });
    supervisor.down('temporary', true);
    supervisor.down('transient', false);
    expect(supervisor.state).toBe('running');
    supervisor.down('permanent', false);
    expect(supervisor.state).toBe('gaveUp');
  });

  it('decides alike while its other children are still being started', () => {
    const supervisor = start({ intensity: 1, periodMs: 1_000 }, false);
    supervisor.down('permanent', true);
    expect([supervisor.state, supervisor.orders]).toEqual([
      'starting',
      [{ order: 'restart', id: 'a' }],
    ]);
    supervisor.down('permanent', true);
    expect(supervisor.state).toBe('gaveUp');
  });

  it('stops when told so', () => {
    const supervisor = start();
    supervisor.send({ type: 'STOP' });
    expect(supervisor.state).toBe('stopped');
  });
});
