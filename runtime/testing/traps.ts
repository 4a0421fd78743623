/**
 * Traps ambient time and chance while a turn runs: what a machine reads there would differ in
 * replay.
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

/** Set while a turn runs; says whether code of the outside runs within it. */
let isOutsideOfTurn: (() => boolean) | undefined;

/** Who kept a trap beyond its turn, or listens at the edge of one, gets the real thing. */
function refuse(access: string): void {
  if (isOutsideOfTurn && !isOutsideOfTurn()) throw new AmbientAccessError(access);
}

/** `new Date(value)` is fine, `new Date()` is not. */
const trappedDate = new Proxy(Date, {
  construct(target, args: unknown[], newTarget) {
    if (args.length === 0) refuse('new Date()');
    return Reflect.construct(target, args, newTarget) as object;
  },
  apply(target) {
    refuse('Date()');
    return target();
  },
});

/** Its functions are not enumerable; older versions of Node have none. */
function temporalFunctions(): (readonly [Holder, string])[] {
  const now = (globalThis as { Temporal?: { Now?: Holder } }).Temporal?.Now;
  if (!now) return [];
  const names = Object.getOwnPropertyNames(now).filter((name) => typeof now[name] === 'function');
  return names.map((name) => [now, name]);
}

/** Puts a trap in place of a function; returns what takes it away again. */
function setTrap(holder: Holder, name: string, access: string): () => void {
  const own = Object.getOwnPropertyDescriptor(holder, name);
  const real = holder[name] as (...args: unknown[]) => unknown;
  const value = function (this: unknown, ...args: unknown[]): unknown {
    refuse(access);
    return Reflect.apply(real, this, args);
  };
  Object.defineProperty(holder, name, { value, configurable: true, writable: true });
  return () => {
    if (own) Object.defineProperty(holder, name, own);
    else delete holder[name];
  };
}

/**
 * Runs a turn with the traps set, and takes them away again.
 *
 * @param isOutside true while code of the outside runs within the turn, as a callback's listener
 * does.
 */
export function trapped(run: () => void, isOutside: () => boolean = () => false): void {
  const traps = plainTraps.map(([holder, name, access]) => setTrap(holder(), name, access));
  for (const [holder, name] of temporalFunctions()) {
    traps.push(setTrap(holder, name, `Temporal.Now.${name}`));
  }
  const before = { Date: globalThis.Date, isOutsideOfTurn };
  globalThis.Date = trappedDate;
  isOutsideOfTurn = isOutside;
  try {
    run();
  } finally {
    globalThis.Date = before.Date;
    isOutsideOfTurn = before.isOutsideOfTurn;
    for (const undo of traps.reverse()) undo();
  }
}
