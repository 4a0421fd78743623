/** Whatever a test looks at, its journal has to explain the run to the last field. */
import { expect } from 'vitest';

import type { TestRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectRestores } from './expect-restores.ts';

/** Replays what was journaled, from the start and from snapshots: same turns, digest, tree. */
export async function expectReplays(test: TestRuntime): Promise<void> {
  // What effects are still to tell comes first: it would enter while the journal is read.
  await test.settle();
  const replayed = await test.replay();
  expect(replayed.divergence).toBeUndefined();
  expect(replayed.digest).toBe(test.digest());
  expect(plain(replayed.tree)).toEqual(plain(test.runtime.tree()));
  await expectRestores(test.runtime);
}

/** References become names: what is inside a live actor is no part of the state. */
const plain = (tree: unknown): unknown => JSON.parse(JSON.stringify(tree));
