import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';

/** A clock, and what happened on it: name and time. */
function rig(options?: Parameters<typeof simulatedClock>[0]) {
  const clock = simulatedClock(options);
  const seen: string[] = [];
  const note = (name: string) => () => seen.push(`${name} ${clock.now()}`);
  return { clock, seen, note };
}

describe('the simulated clock', () => {
  it('stands still until it is moved', async () => {
    const { clock, seen, note } = rig({ startMs: 5 });
    clock.at(5, note('due'));
    await clock.settle();
    expect([clock.now(), seen]).toEqual([5, []]);
  });

  it('stops at each due time on the way, and no further than told', async () => {
    const { clock, seen, note } = rig();
    for (const due of [30, 10, 20, 31]) clock.at(due, note('at'));
    await clock.advanceTo(30);
    expect([clock.now(), seen]).toEqual([30, ['at 10', 'at 20', 'at 30']]);
    await clock.advance(1);
    expect(seen).toHaveLength(4);
  });

  it('wakes in the order of the calls when they are due together', async () => {
    const { clock, seen, note } = rig();
    for (const name of ['a', 'b', 'c']) clock.at(7, note(name));
    await clock.advance(7);
    expect(seen).toEqual(['a 7', 'b 7', 'c 7']);
  });

  it('wakes at once who asks for the past, without going back', async () => {
    const { clock, seen, note } = rig({ startMs: 100 });
    clock.at(3, note('late'));
    await clock.advance(0);
    expect(seen).toEqual(['late 100']);
  });

  it('stops at what is asked for on the way, after what was woken has come to rest', async () => {
    const { clock, seen, note } = rig();
    clock.at(10, async () => {
      await Promise.resolve();
      await Promise.resolve();
      clock.at(12, note('second'));
    });
    clock.at(15, note('third'));
    await clock.advance(20);
    expect(seen).toEqual(['second 12', 'third 15']);
  });

  it('forgets what was withdrawn, also twice and also on the way', async () => {
    const { clock, seen, note } = rig();
    const withdraw = clock.at(10, note('a'));
    withdraw();
    withdraw();
    const later = clock.at(20, note('b'));
    clock.at(15, later);
    clock.at(20, note('c'));
    expect(clock.nextDueMs).toBe(15);
    await clock.advance(50);
    expect(seen).toEqual(['c 20']);
    expect(clock.nextDueMs).toBeUndefined();
  });

  it('does not pass a gate before it has settled, whether it resolves or rejects', async () => {
    for (const settle of ['resolve', 'reject'] as const) {
      const { clock, seen, note } = rig();
      const gate = Promise.withResolvers<void>();
      clock.at(10, note('gated'), gate.promise);
      clock.at(11, note('after'));
      const moved = clock.advance(20);
      await clock.settle();
      expect([clock.now(), seen]).toEqual([0, []]);
      gate[settle]();
      await moved;
      expect(seen).toEqual(['gated 10', 'after 11']);
    }
  });

  it('stops first at what became due earlier while it waited at a gate', async () => {
    const { clock, seen, note } = rig();
    const gate = Promise.withResolvers<void>();
    clock.at(10, note('gated'), gate.promise);
    const moved = clock.advance(20);
    await clock.settle();
    clock.at(4, note('earlier'));
    gate.resolve();
    await moved;
    expect(seen).toEqual(['earlier 4', 'gated 10']);
  });

  it('does not wake a gated request that was withdrawn while it waited', async () => {
    const { clock, seen, note } = rig();
    const gate = Promise.withResolvers<void>();
    const withdraw = clock.at(10, note('gated'), gate.promise);
    const moved = clock.advance(20);
    await clock.settle();
    withdraw();
    gate.resolve();
    await moved;
    expect([clock.now(), seen]).toEqual([20, []]);
  });

  it('is held by promises, and lets what they set in motion come to rest', async () => {
    const { clock, seen, note } = rig();
    const hold = Promise.withResolvers<void>();
    clock.hold!(hold.promise);
    clock.at(8, note('due'));
    const moved = clock.advance(10);
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    hold.resolve();
    // Runs long after the hold has ended.
    void (async () => {
      for (let i = 0; i < 20; i++) await hold.promise;
      clock.at(5, note('set'));
    })();
    await moved;
    expect(seen).toEqual(['set 5', 'due 8']);
  });

  it('is held no longer by a promise that rejects', async () => {
    const { clock } = rig();
    clock.hold!(Promise.reject(new Error('no')));
    await clock.advance(10);
    expect(clock.now()).toBe(10);
  });

  it('refuses to go back', async () => {
    const { clock } = rig({ startMs: 10 });
    await expect(clock.advanceTo(9)).rejects.toThrow('Time cannot go back from 10 to 9');
    await expect(clock.advance(Number.NaN)).rejects.toThrow(RangeError);
    expect(clock.now()).toBe(10);
  });

  it('makes moves one after another', async () => {
    const { clock, seen, note } = rig();
    for (const due of [5, 15, 25]) clock.at(due, note('at'));
    await Promise.all([clock.advanceTo(10), clock.advanceTo(20), clock.advance(10)]);
    expect([clock.now(), seen]).toEqual([30, ['at 5', 'at 15', 'at 25']]);
  });

  it('goes on after a move that failed', async () => {
    const { clock } = rig();
    const failed = clock.advanceTo(-1);
    const moved = clock.advanceTo(5);
    await expect(failed).rejects.toThrow();
    await moved;
    expect(clock.now()).toBe(5);
  });

  it('catches up with a journal and never goes back to before it', () => {
    const { clock } = rig({ startMs: 10 });
    clock.catchUp(50);
    clock.catchUp(20);
    expect(clock.now()).toBe(50);
  });
});

describe('a paced move', () => {
  it('waits at each stop and at its end', async () => {
    const stops: number[] = [];
    const { clock, note } = rig({ pace: async (due) => void stops.push(due) });
    clock.at(3, note('a'));
    clock.at(7, note('b'));
    await clock.advanceTo(10);
    expect(stops).toEqual([3, 7, 10]);
  });

  it('stops at what came meanwhile, even at the very end', async () => {
    const { clock, seen, note } = rig({
      pace: async (due) => {
        if (due === 10 && seen.length === 0) clock.at(6, note('meanwhile'));
      },
    });
    await clock.advanceTo(10);
    expect([clock.now(), seen]).toEqual([10, ['meanwhile 6']]);
  });

  it('ends when the pace rejects, with nothing lost', async () => {
    let isStopped = true;
    const { clock, seen, note } = rig({
      pace: async () => {
        if (isStopped) throw new Error('stopped');
      },
    });
    clock.at(3, note('a'));
    await expect(clock.advanceTo(10)).rejects.toThrow('stopped');
    expect([clock.now(), seen]).toEqual([0, []]);
    isStopped = false;
    await clock.advanceTo(10);
    expect(seen).toEqual(['a 3']);
  });
});

describe('any requests', () => {
  const request = fc.record({ due: fc.nat(50), withdrawn: fc.boolean() });

  it('are woken in order of due time and of asking, however far time moves', async () => {
    const steps = fc.array(fc.nat(20), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { maxLength: 40 }), steps, async (requests, moves) => {
        const { clock, seen, note } = rig();
        const withdraws = requests.map(({ due }, i) => clock.at(due, note(String(i))));
        for (const [i, { withdrawn }] of requests.entries()) if (withdrawn) withdraws[i]!();
        for (const ms of moves) await clock.advance(ms);
        const end = moves.reduce((sum, ms) => sum + ms, 0);
        const expected = requests
          .map(({ due, withdrawn }, i) => ({ due, withdrawn, i }))
          .filter(({ due, withdrawn }) => !withdrawn && due <= end && moves.length > 0)
          .sort((a, b) => a.due - b.due || a.i - b.i)
          .map(({ due, i }) => `${i} ${due}`);
        expect(seen).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('may be a hundred thousand', async () => {
    const clock = simulatedClock();
    let woken = 0;
    const withdraws: (() => void)[] = [];
    for (let i = 0; i < 100_000; i++) {
      // All but a few are withdrawn, as call timeouts are.
      withdraws.push(clock.at(1 + ((i * 7_919) % 1_000), () => woken++));
    }
    for (const [i, withdraw] of withdraws.entries()) if (i % 500 !== 0) withdraw();
    await clock.advance(1_000);
    expect(woken).toBe(200);
  });
});
