/** Whatever happens, and whoever comes, goes or is slow: in the end everybody knows the tree. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { child, supervisor } from '../../../actors/child.ts';
import { Hub, type Listener } from '../../../runtime/inspector/hub.ts';
import { LiveSource } from '../../../runtime/inspector/live-source.ts';
import type { ActorRow, ServerMessage } from '../../../runtime/inspector/protocol.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { doorMachine, lifeOf } from '../../support/live.ts';

const doorCount = 4;
/** It has always something to say. */
const keeper = '/app/keeper';
const pathOf = (number: number) => `/app/door-${number}`;

/** Lays frames over the tree as the page does. */
class Viewer implements Listener {
  isReady = true;
  rowCountMax = 0;
  rows = new Map<string, ActorRow>();
  leave = () => {};

  send(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    if (message.type === 'tree') {
      this.rows = new Map(message.actors.map((row) => [row.path, row]));
    } else if (message.type === 'frame') {
      this.rowCountMax = Math.max(this.rowCountMax, message.actors.length);
      for (const row of message.actors) {
        const known = this.rows.get(row.path);
        if (known) this.rows.set(row.path, { ...known, ...row });
      }
      for (const path of message.gone) this.rows.delete(path);
    }
  }

  end(why: string): void {
    throw new Error(why);
  }
}

const place = fc.nat(doorCount - 1);
const viewer = fc.nat(2);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom('OPEN', 'CLOSE', 'NOTE'), place) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('restart'), place) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('spawn', 'stop'), place) },
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom('join', 'leave', 'slow', 'ready'), viewer) },
  { weight: 6, arbitrary: fc.tuple(fc.constantFrom('frame', 'frames'), fc.constant(0)) },
);

describe('what viewers know', () => {
  it('is the tree, once everything was told', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), run),
      { numRuns: 200 },
    );
  });

  async function run(steps: readonly [string, number][], rowsMax: number): Promise<void> {
    const children = Array.from({ length: doorCount }, (_, number) =>
      child({ id: `door-${number}`, logic: doorMachine }),
    );
    children.push(child({ id: 'keeper', logic: doorMachine }));
    const t = await testRuntime({ tree: supervisor({ id: 'app', intensity: 1_000, children }) });
    const source = new LiveSource(lifeOf(t.runtime));
    const hub = new Hub({ source, frameMs: 1_000_000, rowsMax });
    const viewers = [new Viewer(), new Viewer(), new Viewer()];
    // Frames come when the test says so.
    const inner = hub as unknown as { places: { readonly hasNews: boolean }; tell(): void };
    const there = new Set<Viewer>();
    const state = ({ turnCount: _, ...row }: ActorRow) => row;
    const expectToKnow = ({ rows, rowCountMax }: Viewer) => {
      expect([...rows.values()].map(state)).toEqual(source.actors().map(state));
      expect(rowCountMax).toBeLessThanOrEqual(rowsMax);
    };
    /** Those that came later go for good when they are stopped. */
    const guests: string[] = [];
    const deeds: Record<string, (number: number) => unknown> = {
      restart: (number) => t.runtime.restart(pathOf(number)),
      stop: (number) => t.runtime.stopChild(guests.pop() ?? pathOf(number)),
      spawn: async () => {
        const id = `guest-${t.runtime.seq}`;
        guests.push(`/app/${id}`);
        const guest = child({ id, logic: doorMachine, restart: 'temporary' });
        await t.runtime.spawn('/app', guest);
      },
      join: (number) => {
        const one = viewers[number]!;
        if (there.has(one)) return;
        there.add(one);
        one.leave = hub.join(one);
      },
      leave: (number) => {
        const one = viewers[number]!;
        if (there.delete(one)) one.leave();
      },
      slow: (number) => {
        viewers[number]!.isReady = false;
      },
      ready: (number) => {
        viewers[number]!.isReady = true;
      },
      frame: () => there.size > 0 && inner.tell(),
      frames: () => {
        // A slow one learns what it missed with the next frame.
        t.send(keeper, { type: 'NOTE' });
        while (there.size > 0 && inner.places.hasNews) inner.tell();
        for (const one of there) if (one.isReady) expectToKnow(one);
      },
    };
    for (const [what, number] of steps) {
      if (deeds[what]) await deeds[what](number);
      else t.send(pathOf(number), { type: what });
    }
    for (const one of viewers) one.isReady = true;
    deeds['frames']!(0);
    for (const one of there) one.leave();
    await t.runtime.stop();
  }
});
