import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { expectInvariant } from '../../../runtime/testing/expect-invariant.ts';

const stack = setup({
  types: {
    input: {} as { readonly size: number },
    context: {} as { readonly size: number; readonly count: number },
    events: {} as { type: 'PUSH' } | { type: 'POP' },
  },
  guards: {
    isNotFull: ({ context }) => context.count < context.size,
    isNotEmpty: ({ context }) => context.count > 0,
  },
  actions: {
    push: assign({ count: ({ context }) => context.count + 1 }),
    pop: assign({ count: ({ context }) => context.count - 1 }),
  },
}).createMachine({
  id: 'stack',
  context: ({ input }) => ({ size: input.size, count: 0 }),
  on: {
    PUSH: { guard: 'isNotFull', actions: 'push' },
    POP: { guard: 'isNotEmpty', actions: 'pop' },
  },
});

const options = {
  settings: fc.integer({ min: 1, max: 9 }),
  input: (size: number) => ({ size }),
  events: [{ type: 'PUSH' }, { type: 'POP' }] as const,
};

describe('expectInvariant', () => {
  it('passes when the invariant holds on every edge for all settings', () =>
    expectInvariant(stack, {
      ...options,
      holds: ({ to }) => to.context.count >= 0 && to.context.count <= to.context.size,
    }));

  it('fails with the smallest settings and the first edge on which it does not hold', async () => {
    const failing = expectInvariant(stack, { ...options, holds: ({ to }) => to.context.count < 4 });
    await expect(failing).rejects.toThrow(/Counterexample: \[4\]/);
    await expect(failing).rejects.toThrow(/"PUSH".*"count":3.*"count":4/s);
  });

  it('tries as many settings as it is told', async () => {
    const sizes: number[] = [];
    await expectInvariant(stack, {
      ...options,
      runs: 7,
      input: (size) => ({ size: sizes.push(size) && size }),
      holds: () => true,
    });
    expect(sizes).toHaveLength(7);
  });
});
