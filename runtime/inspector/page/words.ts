/** Numbers, times and values as text. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 8 });

export const count = (value: number): string => whole.format(value);

/** Logical time of day, UTC. */
export const clockTime = (atMs: number, withMs = true): string =>
  new Date(atMs).toISOString().slice(11, withMs ? 23 : 19);

export const day = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** Time that is left, as in `1:05` or `4 h 02 m`; `0:00` when it is past. */
export function timeLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  if (hours > 0) return `${hours} h ${String(minutes % 60).padStart(2, '0')} m`;
  return `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A value on one line. */
export function short(value: unknown): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return fine.format(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `${value.length} items`;
  if (typeof value === 'object' && value !== null) {
    const { length } = Object.keys(value);
    return length === 1 ? '1 field' : `${length} fields`;
  }
  return String(value);
}

/** A state value, as in `circuit.open, backoff.base`. */
export function stateText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  return Object.entries(value)
    .map(([name, inner]) => {
      const below = stateText(inner);
      return below === '' ? name : `${name}.${below}`;
    })
    .join(', ');
}

/** The last part of a path; of one that a state runs, as `0.session.pinging`, the state. */
export function nameOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1) || path;
  return /^\d+\./.test(name) ? name.slice(name.lastIndexOf('.') + 1) : name;
}

const promised: Readonly<Record<string, string>> = {
  ...{ 'xstate.promise.resolve': 'promise resolved', 'xstate.promise.reject': 'promise rejected' },
  ...{ 'xstate.stop': 'stopped', 'xstate.init': 'started' },
};

/** The type of an event as people read it: XState's own in words, as `after heartbeat`. */
export function eventWords(type: string): string {
  const known = promised[type];
  if (known !== undefined) return known;
  const [, word, rest] = /^xstate\.(after|done|error|snapshot)\.(.+)$/.exec(type) ?? [];
  if (word === undefined || rest === undefined) return type;
  if (word === 'after') return `after ${rest.split('.')[0]}`;
  const name = nameOf(rest.replace(/^(actor|state)\./, ''));
  return `${word} ${name}`;
}
