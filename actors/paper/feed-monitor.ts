/** The feed monitor joined to whoever tells people. */
import { fromPromise } from 'xstate';
import { feedMonitorMachine, type Notice } from '../../machines/paper/feed-monitor.ts';
import type { Notifier } from '../ports.ts';

/** The monitor's logic with its port: what `paperTree` supervises. */
export const feedMonitorActor = (notifier: Notifier) =>
  feedMonitorMachine.provide({
    actors: {
      notify: fromPromise<void, Notice>(async ({ input }) => {
        await notifier.notify(input);
      }),
    },
  });
