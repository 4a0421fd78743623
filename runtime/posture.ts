/** The answer to "may I?", read from memory: kept in step with the posture's actor. */
import { builtInCapabilities, type PostureSettings } from '../config/posture.ts';
import {
  type Forbidden,
  isInForce,
  namesOf,
  type Regions,
} from '../machines/policies/posture-meet.ts';
import type { PostureContext } from '../machines/posture.ts';
import { deepFreeze } from './settings/freeze.ts';
import { nearest } from './settings/nearest.ts';

/** A capability of the table, or one of the host's own. */
export type Capability = (typeof builtInCapabilities)[number] | (string & {});

/** Who asks, where overrides tell users or endpoints apart. */
export interface Asker {
  readonly user?: string;
  readonly endpoint?: string;
}

/** Everything that is known of the posture; frozen. */
export interface PostureView {
  /**
   * `idle`: it has never run, and nothing is forbidden. `down`: its actor does not run; the last
   * answer holds, and what `posture.downForbids` names is forbidden besides.
   */
  readonly status: 'idle' | 'live' | 'down';
  readonly allowed: readonly string[];
  readonly forbidden: readonly Forbidden[];
  /** Shares below 1 of what is allowed. */
  readonly quality: Readonly<Record<string, number>>;
  readonly regions: Regions;
}

type Known = Pick<PostureContext, 'settings' | 'forbidden' | 'quality' | 'regions'>;

export class Posture {
  #view: PostureView;
  #known: Known;
  #answers: ReadonlyMap<string, boolean> = new Map();
  /** What overrides in force take away, by who asks. */
  #narrowed: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  /** Use `runtime.posture`. */
  constructor(settings: PostureSettings) {
    this.#known = { settings, forbidden: [], quality: {}, regions: {} };
    this.#view = this.#answer('idle');
  }

  /**
   * True when no region forbids it, and no override for the user or the endpoint. A read of memory.
   *
   * @throws {RangeError} for a capability that nobody knows.
   */
  allows(capability: Capability, asker?: Asker): boolean {
    const answer = this.#answers.get(capability);
    if (answer === undefined) throw this.#unknown(capability);
    if (!answer || asker === undefined || this.#narrowed.size === 0) return answer;
    return !keysOf(asker).some((key) => this.#narrowed.get(key)?.has(capability));
  }

  /**
   * How well something may be done, from 0 (forbidden) to 1 (fully).
   *
   * @throws {RangeError} for a capability that nobody knows.
   */
  quality(capability: Capability, asker?: Asker): number {
    return this.allows(capability, asker) ? (this.#view.quality[capability] ?? 1) : 0;
  }

  /** The whole answer, with who forbids what and why. */
  get current(): PostureView {
    return this.#view;
  }

  /** To be called when the actor's context has changed; undefined: it is down. @internal */
  observe(context: PostureContext | undefined): void {
    if (context) this.#known = context;
    const isIdle = !context && this.#view.status === 'idle';
    this.#view = this.#answer(context ? 'live' : isIdle ? 'idle' : 'down');
  }

  /** To be called when settings change before the actor has run. @internal */
  adopt(settings: PostureSettings): void {
    if (this.#view.status !== 'idle') return;
    this.#known = { ...this.#known, settings };
    this.#view = this.#answer('idle');
  }

  #answer(status: PostureView['status']): PostureView {
    const { settings, quality, regions } = this.#known;
    const forbidden = [...this.#known.forbidden];
    if (status === 'down') {
      const why = 'the posture actor is down: the last answer holds, and this besides';
      for (const capability of settings.downForbids) {
        forbidden.push({ capability, region: 'posture', state: 'down', why });
      }
    }
    const all = [...builtInCapabilities, ...settings.capabilities];
    const names = new Set(namesOf({ forbidden }));
    this.#answers = new Map(all.map((name) => [name, !names.has(name)]));
    this.#narrowed = status === 'idle' ? new Map() : narrowedBy(settings, regions);
    const allowed = [...new Set(all)].filter((name) => !names.has(name)).sort();
    const kept = Object.entries(quality).filter(([name]) => !names.has(name));
    const view = { status, allowed, forbidden, quality: Object.fromEntries(kept), regions };
    return deepFreeze(view) as PostureView;
  }

  #unknown(capability: string): RangeError {
    const meant = nearest(String(capability), this.#answers.keys());
    const hint = meant === undefined ? '' : ` Did you mean '${meant}'?`;
    return new RangeError(
      `There is no capability ${JSON.stringify(capability)}.${hint} ` +
        "Your own go into the setting 'posture.capabilities'.",
    );
  }
}

/** Keys under which overrides for somebody are kept: one by one, and both together. */
function keysOf({ user, endpoint }: Asker): string[] {
  const keys: string[] = [];
  if (user !== undefined) keys.push(keyOf(user, undefined));
  if (endpoint !== undefined) keys.push(keyOf(undefined, endpoint));
  if (user !== undefined && endpoint !== undefined) keys.push(keyOf(user, endpoint));
  return keys;
}

const keyOf = (user: string | undefined, endpoint: string | undefined): string =>
  JSON.stringify([user ?? null, endpoint ?? null]);

function narrowedBy(
  { overrides }: PostureSettings,
  regions: Regions,
): ReadonlyMap<string, ReadonlySet<string>> {
  const narrowed = new Map<string, Set<string>>();
  for (const override of overrides) {
    if (!isInForce(override, regions)) continue;
    const key = keyOf(override.user, override.endpoint);
    const names = narrowed.get(key) ?? new Set();
    for (const name of override.forbids) names.add(name);
    narrowed.set(key, names);
  }
  return narrowed;
}
