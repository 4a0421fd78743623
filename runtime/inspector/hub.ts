/**
 * Tells viewers what happens: turns are gathered, and told together in frames.
 *
 * Nothing is attached to the runtime while nobody watches. What a turn costs here is a few
 * references; rows are read and serialised once a frame, for all viewers. An error in here switches
 * the hub off, and nothing else.
 */
import type { Logger } from 'pino';
import type { Turn } from '../engine/engine.ts';
import { errorText } from '../error-text.ts';
import { briefOf } from './pages.ts';
import { Places } from './places.ts';
import type { Frame, ServerMessage } from './protocol.ts';
import type { InspectSource } from './source.ts';

/** Who is told. */
export interface Listener {
  /** False while it is too far behind: then it is told later, and how much it missed. */
  readonly isReady: boolean;
  send(text: string): void;
  /** The hub has been switched off, or ends. */
  end(why: string): void;
}

interface Listening {
  /** Frames that it missed. */
  dropped: number;
}

export interface HubOptions {
  readonly source: InspectSource;
  readonly logger?: Logger | undefined;
  /** Time between two frames at least, ms. Default 100. */
  readonly frameMs?: number;
  /** Rows of a frame; what is left comes with the next one. Default 300. */
  readonly rowsMax?: number;
}

/** Entries of a frame: more than anybody reads in a second. */
const ENTRIES_MAX = 100;
/** Share of the time that frames may take: beyond it they come less often, but they do come. */
const SHARE_MAX = 0.0015;
const PAUSE_MAX_MS = 500;

export class Hub {
  readonly source: InspectSource;
  private readonly logger: Logger | undefined;
  private readonly frameMs: number;
  private readonly rowsMax: number;
  private readonly listeners = new Map<Listener, Listening>();
  private unwatch: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private off: string | undefined;
  private readonly places: Places;
  /** The newest turns since the last frame, as a ring. */
  private readonly recent: Turn[] = [];
  private turnCount = 0;
  private changeCount = 0;
  private isReshaped = false;
  private frameAtMs = 0;
  /** Time that the last frame took, ms. */
  private costMs = 0;

  constructor({ source, logger, frameMs = 100, rowsMax = 300 }: HubOptions) {
    this.source = source;
    this.places = new Places(source);
    this.logger = logger;
    this.frameMs = frameMs;
    this.rowsMax = rowsMax;
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Why it tells nobody anything any more; undefined while it does. */
  get failure(): string | undefined {
    return this.off;
  }

  /** Tells the tree at once, then every frame. @returns the way to leave. */
  join(listener: Listener): () => void {
    if (this.off !== undefined) {
      listener.end(this.off);
      return () => {};
    }
    this.guarded(() => {
      if (this.listeners.size === 0) this.attach();
      this.listeners.set(listener, { dropped: 0 });
      listener.send(this.treeText());
    });
    return () => this.leave(listener);
  }

  /** Ends with everybody. Idempotent. */
  close(why = 'The runtime stops.'): void {
    this.off ??= why;
    this.detach();
    for (const listener of [...this.listeners.keys()]) listener.end(why);
    this.listeners.clear();
    this.source.close();
  }

  private leave(listener: Listener): void {
    if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
    this.detach();
    this.source.close();
  }

  private attach(): void {
    this.frameAtMs = performance.now();
    this.unwatch = this.source.watch?.(this.observed);
  }

  private detach(): void {
    this.unwatch?.();
    this.unwatch = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.places.clear();
    this.reset();
  }

  /** Whatever goes wrong in here goes wrong for viewers alone. */
  private guarded(work: () => void): void {
    if (this.off !== undefined) return;
    try {
      work();
    } catch (error) {
      this.switchOff(error);
    }
  }

  private switchOff(error: unknown): void {
    this.off = `The inspector was switched off by an error of its own: ${errorText(error)}`;
    this.logger?.error({ err: error }, 'the inspector was switched off; the runtime goes on');
    // Not now: a turn may be running, and others are being told of it.
    setImmediate(() => this.close(this.off));
  }

  /** Called in every turn: not by way of `guarded`, which needs a function for each. */
  private readonly observed = (turn: Turn): void => {
    if (this.off !== undefined) return;
    try {
      this.observe(turn);
    } catch (error) {
      this.switchOff(error);
    }
  };

  private observe(turn: Turn): void {
    const { input, line } = turn;
    this.recent[this.turnCount % ENTRIES_MAX] = turn;
    this.turnCount++;
    if (line.changed) {
      this.changeCount += line.changed.length;
      for (const { path } of line.changed) this.places.changed(path);
    }
    if (line.down) for (const { path } of line.down) this.places.touched(path);
    const { kind } = input;
    if (line.down || kind === 'child' || kind === 'command' || kind === 'settings') {
      this.isReshaped = true;
    }
    this.tellSoon();
  }

  private tellSoon(): void {
    if (this.timer) return;
    // A frame that took long is followed by a longer pause; what comes after it is told soon.
    const restMs = Math.min(this.costMs / SHARE_MAX, PAUSE_MAX_MS);
    const pauseMs = Math.max(this.frameMs, this.frameAtMs + restMs - performance.now());
    this.timer = setTimeout(() => this.guarded(() => this.tell()), pauseMs);
    this.timer.unref();
  }

  private tell(): void {
    this.timer = undefined;
    const begin = performance.now();
    const trees = this.isReshaped || this.places.hasStrangers;
    const frame = this.frame(begin);
    const gone = trees ? this.places.gone() : [];
    const tree = trees ? this.treeText() : undefined;
    const whole = { ...frame, gone };
    let shared: string | undefined;
    for (const [listener, state] of this.listeners) {
      if (!listener.isReady) {
        state.dropped++;
        continue;
      }
      if (tree !== undefined || state.dropped > 0) listener.send(tree ?? this.treeText());
      shared ??= textOf(whole);
      const { dropped } = state;
      listener.send(dropped > 0 ? textOf({ ...whole, dropped }) : shared);
      state.dropped = 0;
    }
    this.reset();
    this.costMs = performance.now() - begin;
    this.frameAtMs = begin;
    if (this.places.hasNews) this.tellSoon();
  }

  private frame(now: number): Frame {
    const { source, turnCount } = this;
    const { seq, at, digest } = source.head();
    const seconds = Math.max(now - this.frameAtMs, 1) / 1_000;
    return {
      type: 'frame',
      seqFrom: seq - turnCount + 1,
      seqTo: seq,
      at,
      digest,
      actors: this.places.news(this.rowsMax),
      gone: [],
      entries: this.newest().map(({ input, line }) => briefOf(input, line)),
      dropped: 0,
      rates: {
        turnsPerSecond: rounded(turnCount / seconds),
        changesPerSecond: rounded(this.changeCount / seconds),
        inspectorRatio: rounded(this.costMs / 1_000 / seconds),
      },
      ...source.vitals(),
    };
  }

  /** The newest turns since the last frame, the oldest first. */
  private newest(): Turn[] {
    const { recent, turnCount } = this;
    if (turnCount <= ENTRIES_MAX) return recent.slice(0, turnCount);
    const at = turnCount % ENTRIES_MAX;
    return [...recent.slice(at), ...recent.slice(0, at)];
  }

  private treeText(): string {
    return textOf({ type: 'tree', actors: this.places.tree() });
  }

  private reset(): void {
    this.recent.length = 0;
    this.turnCount = 0;
    this.changeCount = 0;
    this.isReshaped = false;
  }
}

const textOf = (message: ServerMessage): string => JSON.stringify(message);

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
