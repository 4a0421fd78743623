/** Runs one machine under plain XState, among stand-ins that write down what they are sent. */
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  createActor,
  createMachine,
  fromTransition,
  SimulatedClock,
  type SnapshotFrom,
  spawnChild,
} from 'xstate';

export interface Stage<M extends AnyStateMachine> {
  send(event: AnyEventObject): void;
  /** Lets time pass for delayed transitions. */
  pass(ms: number): void;
  /** Waits for promises that are due. */
  settle(): Promise<void>;
  readonly snapshot: SnapshotFrom<M>;
  /** What was sent to whom, and takes it away: each call starts anew. */
  sent(path?: string): AnyEventObject[];
  /** What was emitted, and takes it away. */
  emitted(): AnyEventObject[];
  stop(): void;
}

/** @param peers paths of the actors that the machine sends to. */
export function stage<M extends AnyStateMachine>(
  logic: M,
  input: unknown,
  peers: readonly string[],
): Stage<M> {
  let letters: { path: string; event: AnyEventObject }[] = [];
  let facts: AnyEventObject[] = [];
  const recorder = (path: string) =>
    fromTransition((state: null, event: AnyEventObject) => {
      letters.push({ path, event });
      return state;
    }, null);
  const clock = new SimulatedClock();
  const recorders = peers.map((path) => spawnChild(recorder(path), { id: path, systemId: path }));
  const parent = createMachine({
    entry: recorders as never,
    on: { START: { actions: spawnChild(logic, { id: 'it', systemId: 'it', input } as never) } },
  });
  const root = createActor(parent, {
    clock,
    inspect: (event) => {
      if (event.type !== '@xstate.action' || event.action.type !== 'xstate.emit') return;
      facts.push((event.action.params as { event: AnyEventObject }).event);
    },
  });
  root.start();
  root.send({ type: 'START' } as never);
  const it = root.system.get('it') as AnyActorRef;
  return {
    send: (event) => it.send(event),
    pass: (ms) => clock.increment(ms),
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    get snapshot() {
      return it.getSnapshot() as SnapshotFrom<M>;
    },
    sent(path) {
      const events = letters.filter((letter) => !path || letter.path === path);
      letters = letters.filter((letter) => path && letter.path !== path);
      return events.map(({ event }) => event);
    },
    emitted() {
      const events = facts;
      facts = [];
      return events;
    },
    stop: () => root.stop(),
  };
}
