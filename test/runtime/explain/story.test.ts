/** The life of one actor, in time order. */
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { child } from '../../../actors/child.ts';
import { explain } from '../../../runtime/explain/explain.ts';
import { storyText } from '../../../runtime/explain/story-text.ts';
import { memoryLog } from '../../../runtime/journal/memory-log.ts';
import { explained } from '../../support/explained.ts';
import { part } from '../../support/supervised.ts';

const lamp = createMachine({
  id: 'lamp',
  initial: 'off',
  on: { FUSE: { actions: () => {} } },
  states: {
    off: { on: { SWITCH: 'on' } },
    on: { on: { SWITCH: 'off' }, after: { 100: 'off' } },
  },
});
const lamps = [child({ id: 'lamp', logic: lamp }), part('part')];

describe('the story of an actor', () => {
  it('tells starts, crashes, restarts and changes of state, with who caused them', async () => {
    const { story } = await explained(
      lamps,
      async (runtime, clock) => {
        runtime.send('/app/lamp', { type: 'SWITCH' });
        await clock.advance(150);
        runtime.send('/app/lamp', { type: 'unknown' });
        runtime.command({ command: 'crash', path: '/app/lamp', at: 'now', why: 'a drill' });
        await runtime.restart('/app/lamp');
      },
      { intensity: 5 },
    );
    const told = await story({ actor: '/app/lamp' });
    expect(storyText(told).split('\n')).toEqual([
      '/app/lamp (lamp), up to seq 6',
      '1  1970-01-01T00:00:00.000Z  started in off, during: the tree was started',
      '2  1970-01-01T00:00:00.000Z  off -> on on SWITCH from outside',
      '3  1970-01-01T00:00:00.100Z  on -> off on after 100 of lamp.on',
      '5  1970-01-01T00:00:00.150Z  crashed: a drill, ' +
        'during: crash of /app/lamp ordered, now: a drill',
      '5  1970-01-01T00:00:00.150Z  restarted (start 2) in off, ' +
        'during: crash of /app/lamp ordered, now: a drill',
      '6  1970-01-01T00:00:00.150Z  stopped, during: order to restart /app/lamp',
      '6  1970-01-01T00:00:00.150Z  restarted (start 3) in off, during: order to restart /app/lamp',
    ]);
  });

  it('tells of a supervisor what the runtime told it, and its facts', async () => {
    const { story } = await explained(lamps, (runtime) =>
      runtime.send('/app/part', { type: 'CRASH' }),
    );
    const { incidents, machine } = await story({ actor: '/app', from: 2 });
    expect(machine).toBe('supervisor');
    expect(incidents).toMatchObject([
      { kind: 'changed', from: 'running', to: 'restartingOne', on: 'CHILD_DOWN', by: '' },
      { kind: 'fact', fact: { type: 'supervisor.restarted', child: 'part', why: 'boom' } },
      { kind: 'changed', from: 'restartingOne', to: 'running', on: 'CHILDREN_STARTED', by: '' },
    ]);
  });

  it('keeps to the seqs and to the limit, and says what it left out', async () => {
    const { story } = await explained(lamps, (runtime) => {
      for (let i = 0; i < 10; i++) runtime.send('/app/lamp', { type: 'SWITCH' });
    });
    const part = await story({ actor: '/app/lamp', from: 3, until: 5 });
    expect(part.incidents.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect([part.lastSeq, part.leftOut]).toEqual([5, 0]);
    const last = await story({ actor: '/app/lamp', limit: 2 });
    expect(last.incidents.map(({ seq }) => seq)).toEqual([10, 11]);
    expect(last.leftOut).toBe(9);
    expect(storyText(last)).toContain('9 earlier incidents left out: --limit, --until');
  });

  it('holds no more than the limit while it reads', async () => {
    const { story } = await explained(lamps, (runtime) => {
      for (let i = 0; i < 2_500; i++) runtime.send('/app/lamp', { type: 'SWITCH' });
    });
    const { incidents, leftOut } = await story({ actor: '/app/lamp', limit: 3 });
    expect(incidents.map(({ seq }) => seq)).toEqual([2_499, 2_500, 2_501]);
    expect(leftOut).toBe(2_498);
  });

  it('ends where the program does something else', async () => {
    const { log } = await explained(lamps, () => {});
    const { tree } = await explained([lamps[0]!], () => {});
    const told = await explain(log, { actor: '/app/lamp' }, { tree, allowChanged: true });
    expect(told.divergence).toMatchObject({ seq: 1, path: '/app/part' });
    expect(storyText(told)).toMatch(/^Replay diverges at seq 1/);
  });

  it('is refused for an actor that never ran, with the nearest ones', async () => {
    const { story, log } = await explained(lamps, () => {});
    await expect(story({ actor: '/app/lmap' })).rejects.toMatchObject({
      code: 'NOT_IN_JOURNAL',
      message: "No actor ran at '/app/lmap' up to seq 1. Did you mean '/app/lamp'?",
    });
    await expect(story({ actor: 'lamp' })).rejects.toThrow("Did you mean '/app/lamp'?");
    await expect(story({ actor: '/x/quite/else' })).rejects.toThrow(
      "There are /app, /app/lamp, /app/part; 'kintsugi tree' shows all.",
    );
    await expect(explain(memoryLog(), { actor: '/app' })).rejects.toMatchObject({
      code: 'JOURNAL_EMPTY',
    });
    await expect(explain(log, { actor: '/app' })).rejects.toMatchObject({
      code: 'MACHINE_CHANGED',
    });
  });
});
