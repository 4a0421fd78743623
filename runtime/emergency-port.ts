/** What a runtime itself can do in an emergency, and the real time limit of every try. */
import type { EmergencyPort, EmergencyRequest, EmergencyStepReport } from '../actors/ports.ts';
import { errorText } from './error-text.ts';

/** The part of a runtime that an emergency needs. */
export interface TradingTree {
  /** Paths of what trades, in the order of their starts. */
  readonly tree: () => readonly string[];
  readonly isUp: (path: string) => boolean;
  readonly stop: (path: string) => void;
  readonly start: (path: string) => void;
}

export interface EmergencyHost extends TradingTree {
  readonly flush: () => Promise<void>;
}

const done: EmergencyStepReport = { isDone: true };
const notDone = (why: string): EmergencyStepReport => ({ isDone: false, why });

/** Stops and starts what trades; the runtime itself goes on. */
export const treeSteps = (host: TradingTree): Pick<EmergencyPort, 'stopTree' | 'startTree'> => ({
  stopTree: async () => {
    for (const path of host.tree().toReversed()) if (host.isUp(path)) host.stop(path);
    const left = host.tree().filter(host.isUp);
    return left.length === 0 ? done : notDone(`still stopping: ${left.join(', ')}`);
  },
  startTree: async () => {
    for (const path of host.tree()) if (!host.isUp(path)) host.start(path);
    const down = host.tree().filter((path) => !host.isUp(path));
    return down.length === 0 ? done : notDone(`not started: ${down.join(', ')}`);
  },
});

/** The host's own port, completed by what the runtime can do without it. */
export function emergencyPort(
  host: EmergencyHost,
  given: Partial<EmergencyPort> = {},
): EmergencyPort {
  return limitedEmergencyPort({
    cancelOrders: async () => notDone("the host gives no 'emergency' port with cancelOrders"),
    reducePosition: async () => notDone("the host gives no 'emergency' port with reducePosition"),
    flush: async () => {
      await host.flush();
      return done;
    },
    ...treeSteps(host),
    ...given,
  });
}

const lateText = ({ timeoutMs }: EmergencyRequest) => `no outcome within ${timeoutMs} ms`;

type Step = (request: EmergencyRequest) => Promise<EmergencyStepReport>;

/**
 * The same port whose tries end in real time, whatever its calls do: the logical clock of a
 * simulation may stand still while a broker hangs. An aborted call may still tell.
 */
export function limitedEmergencyPort(port: EmergencyPort): EmergencyPort {
  const limited =
    (step: Step): Step =>
    async (request) => {
      const limit = new AbortController();
      const signal = AbortSignal.any([request.signal, limit.signal]);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<EmergencyStepReport>((resolve) => {
        timer = setTimeout(() => {
          limit.abort();
          // What a call says once it is told to end comes before the words of the limit.
          setImmediate(resolve, notDone(lateText(request)));
        }, request.timeoutMs);
      });
      try {
        return await Promise.race([tried(step, { ...request, signal }), late]);
      } finally {
        clearTimeout(timer);
      }
    };
  return {
    cancelOrders: limited((request) => port.cancelOrders(request)),
    reducePosition: limited((request) => port.reducePosition(request)),
    flush: limited((request) => port.flush(request)),
    stopTree: limited((request) => port.stopTree(request)),
    startTree: () => port.startTree(),
  };
}

async function tried(step: Step, request: EmergencyRequest): Promise<EmergencyStepReport> {
  try {
    return await step(request);
  } catch (error) {
    return notDone(request.signal.aborted ? lateText(request) : errorText(error));
  }
}
