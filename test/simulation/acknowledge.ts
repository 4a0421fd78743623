/** Says which entries a runtime has acknowledged, in the child. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../../runtime/runtime.ts';
import { say } from './child-process.ts';

/** `flush` has resolved for every entry up to `acked`; `digest` is that of the run so far. */
export interface Acknowledged {
  readonly acked: number;
  readonly digest: string;
}

/**
 * Flushes for as long as the runtime runs, with `everyMs` between two rounds, and says each seq
 * only when its flush has resolved.
 */
export async function acknowledge(runtime: Runtime, everyMs: number): Promise<void> {
  while (runtime.status === 'running') {
    const { seq: acked, digest } = runtime;
    await runtime.flush();
    say({ acked, digest } satisfies Acknowledged);
    await sleep(everyMs);
  }
}
