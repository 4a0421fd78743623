/**
 * Traps ambient time and chance while a turn runs: what a machine reads there would differ in replay.
 */

/** A machine read the outside world inside a turn. */
export class AmbientAccessError extends Error {
  readonly access: string;

  constructor(access: string) {
    super(
      `${access} was used inside a turn: take time from the event's 'at' and chance from a seed.`,
    );
    this.access = access;
    this.name = 'AmbientAccessError';
  }
}

type Holder = Record<string, unknown>;

const plainTraps: readonly (readonly [() => Holder, string, string])[] = [
  [() => Date as never, 'now', 'Date.now'],
  [() => Math as never, 'random', 'Math.random'],
  [() => performance as never, 'now', 'performance.now'],
  [() => crypto as never, 'randomUUID', 'crypto.randomUUID'],
  [() => crypto as never, 'getRandomValues', 'crypto.getRandomValues'],
  [() => globalThis as never, 'setTimeout', 'setTimeout'],
  [() => globalThis as never, 'setInterval', 'setInterval'],
  [() => globalThis as never, 'setImmediate', 'setImmediate'],
];

/** `new Date(value)` is fine, `new Date()` is not. */
const trappedDate = new Proxy(Date, {
  construct(target, args: unknown[]) {
    if (args.length === 0) throw new AmbientAccessError('new Date()');
    return Reflect.construct(target, args) as object;
  },
  apply() {
    throw new AmbientAccessError('Date()');
  },
});

const temporalNow = () =>
  (globalThis as { Temporal?: { Now?: Holder } }).Temporal?.Now as Holder | undefined;

/** Runs a turn with the traps set, and takes them away again. */
export function trapped(run: () => void): void {
  const undo: (() => void)[] = [];
  const set = (holder: Holder, name: string, access: string) => {
    const original = Object.getOwnPropertyDescriptor(holder, name);
    const trap = () => {
      throw new AmbientAccessError(access);
    };
    Object.defineProperty(holder, name, { value: trap, configurable: true, writable: true });
    undo.push(() => {
      if (original) Object.defineProperty(holder, name, original);
      else delete holder[name];
    });
  };
  for (const [holder, name, access] of plainTraps) set(holder(), name, access);
  const now = temporalNow();
  if (now) for (const name of Object.keys(now)) set(now, name, `Temporal.Now.${name}`);
  const realDate = globalThis.Date;
  globalThis.Date = trappedDate;
  try {
    run();
  } finally {
    globalThis.Date = realDate;
    for (const restore of undo.reverse()) restore();
  }
}
