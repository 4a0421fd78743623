/** How well an actor is, in one of five tones; each has a shape of its own. */
import type { Actor } from './wire.ts';

export type Tone = 'ok' | 'probe' | 'warn' | 'bad' | 'off';

const bySeverity: readonly Tone[] = ['off', 'ok', 'probe', 'warn', 'bad'];

const tones: Readonly<Record<string, Tone>> = {
  ...{ closed: 'ok', running: 'ok', primary: 'ok', normal: 'ok', healthy: 'ok', passing: 'ok' },
  ...{ unlimited: 'ok', ready: 'ok', connected: 'ok', observing: 'probe', halfOpen: 'probe' },
  ...{ probing: 'probe', switching: 'probe', draining: 'probe', promoting: 'probe' },
  ...{ degraded: 'warn', failing: 'warn', warning: 'warn', backup: 'warn', reduceOnly: 'warn' },
  ...{ level1: 'warn', level2: 'warn', metricsOnly: 'warn', disabled: 'warn', backoff: 'warn' },
  ...{ level3: 'bad', halted: 'bad', emergency: 'bad', isolated: 'bad', stopped: 'bad' },
  ...{ impaired: 'warn', restricted: 'warn', backingOff: 'warn', warmingUp: 'probe' },
  ...{ unrestricted: 'ok', live: 'ok', down: 'bad', silent: 'bad' },
  ...{ critical: 'bad', failed: 'bad', locked: 'bad', givenUp: 'bad', lost: 'bad' },
  ...{ canary: 'probe', validated: 'probe', rehearsed: 'probe', applied: 'probe', kept: 'ok' },
  ...{ quarantined: 'warn', rollingBack: 'warn', paused: 'warn', suspended: 'warn' },
  ...{ rolledBack: 'warn', rejected: 'warn', reduced: 'warn', held: 'warn', recovered: 'ok' },
};

/** Only of a breaker is `open` trouble: trading, a pool or the book of alerts is open. */
const openMeansTrouble = /breaker/i;

/** The innermost states of a value, in the order of its regions. */
export function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const leaves = leavesOf(inner);
    return leaves.length === 0 ? [name] : leaves;
  });
}

export function toneOfState(state: string, machine: string): Tone | undefined {
  if (state === 'open') return openMeansTrouble.test(machine) ? 'bad' : 'ok';
  return tones[state];
}

const toneOfValue = (value: unknown, machine: string): Tone =>
  worst(leavesOf(value).map((state) => toneOfState(state, machine) ?? 'ok'));

/** The worst of what its states say; down beats them all. */
export function toneOf({ status, value, machine }: Actor): Tone {
  if (status === 'error' || status === 'down') return 'bad';
  return status === 'active' ? toneOfValue(value, machine) : 'off';
}

export const worst = (all: readonly Tone[]): Tone =>
  all.reduce<Tone>((a, b) => (bySeverity.indexOf(b) > bySeverity.indexOf(a) ? b : a), 'ok');

/** The state that says most: the one with the worst tone, else the first. */
export function tellingState(value: unknown, machine: string): string | undefined {
  const leaves = leavesOf(value);
  const tone = toneOfValue(value, machine);
  return leaves.find((state) => toneOfState(state, machine) === tone) ?? leaves[0];
}

export const mainState = ({ status, value, machine }: Actor): string =>
  status === 'active' ? (tellingState(value, machine) ?? 'active') : status;
