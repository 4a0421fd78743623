/** Sides of a failover pair that write down what is asked of them, and fail when told to. */
import type { Side } from '../../machines/policies/failover-verdict.ts';
import type { LocalSide } from '../../runtime/failover/sides.ts';

type Changeable<T> = { -readonly [Part in keyof T]-?: T[Part] };

export interface FakeSide extends Changeable<LocalSide> {
  isUp: boolean;
  /** Whether activation fails. */
  isBroken: boolean;
  /** What it works on; copied from side to side. */
  state: unknown;
}

/** @param calls what was asked of whom, as in `backup activate 2`. */
export function fakeSide(name: Side, calls: string[] = []): FakeSide {
  const side: FakeSide = {
    isUp: true,
    isBroken: false,
    state: null,
    check: () => side.isUp,
    activate: ({ epoch }) => {
      calls.push(`${name} activate ${epoch}`);
      if (side.isBroken) throw new Error(`${name} is broken`);
    },
    deactivate: ({ epoch }) => {
      calls.push(`${name} deactivate ${epoch}`);
    },
    save: () => {
      if (!side.isUp) throw new Error(`${name} is down`);
      return side.state;
    },
    load: (state) => {
      side.state = state;
    },
  };
  return side;
}

/** A pair whose sides run in one process. */
export function fakeSides() {
  const calls: string[] = [];
  return { calls, primary: fakeSide('primary', calls), backup: fakeSide('backup', calls) };
}
