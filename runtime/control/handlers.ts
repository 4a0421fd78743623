/** What the commands of the control socket do with a runtime. */
import type { Safety } from '../../actors/safety.ts';
import type { ResetScope } from '../../machines/policies/safety-reset.ts';
import type { ControlHandlers } from './protocol.ts';

/** @param flush brings the journal to the disk: an answer is given when its order is there. */
export const controlHandlers = (safety: Safety, flush: () => Promise<void>): ControlHandlers => ({
  'emergency.start': async ({ by, why }) => {
    const isAlready = safety.state === 'emergency';
    const outcome = await safety.emergency({ by, why });
    // A disk that hangs has been named by the plan; the answer must not wait for it as well.
    return { state: safety.state, isAlready, ...outcome };
  },
  'emergency.reset': async ({ scope, by, why }) => {
    safety.reset({ scope: scope as ResetScope, by, why });
    await flush();
    return { state: safety.state, scope };
  },
});
