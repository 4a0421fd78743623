/**
 * OTP's supervisor, told once more: each supervisor is one sequential process with a mailbox, as in
 * `supervisor.erl`, that waits in the middle of its work. No chart, no orders, no XState.
 */
import type { Plan } from './supervision-plan.ts';

interface Place {
  readonly plan: Plan;
  readonly parent: Place | undefined;
  readonly path: string;
  state: 'down' | 'starting' | 'up' | 'closing' | 'idle';
  starts: number;
  incarnation: number;
  hasRun: boolean;
  attempt: number;
  startedAt: number;
  closingAt: number;
  /** Somebody higher on the stack sees to its end. */
  isWatched: boolean;
  process: Generator<void, void, void> | undefined;
  phase: 'starting' | 'running' | 'ending';
  ending: string;
  isAskedToEnd: boolean;
  children: Place[];
  mailbox: Message[];
  waits: Wait[];
  due: Wait[];
  restarts: number[];
}

type Wait = { leader: Place; group: Place[]; counts: boolean };
type Message =
  | { type: 'down'; place: Place; failed: boolean; starts: number }
  | { type: 'stop' | 'restart'; place: Place };

const ABORT = Symbol('a shutdown came');

const born = (plan: Plan, parent: Place | undefined): Place => ({
  ...{ plan, parent, path: parent ? `${parent.path}/${plan.id}` : plan.id, state: 'down' },
  ...{ starts: 0, incarnation: 0, hasRun: false, attempt: 0, startedAt: 0, closingAt: 0 },
  ...{ isWatched: false, process: undefined, phase: 'starting', ending: '', isAskedToEnd: false },
  ...{ children: [], mailbox: [], waits: [], due: [], restarts: [] },
});

const runs = ({ state }: Place) => state === 'up' || state === 'starting' || state === 'closing';

export class SupervisionModel {
  readonly trace: string[] = [];
  now = 0;
  private readonly root: Place;
  private timers: { at: number; order: number; run: () => void }[] = [];
  private timerCount = 0;
  private readonly startsBefore = new Map<string, number>();

  constructor(plan: Plan) {
    this.root = born(plan, undefined);
    this.start(this.root);
  }

  // What comes from outside.

  crash(path: string): void {
    const place = this.find(path);
    if (!place || !runs(place)) return;
    this.killBelow(place, 'stopped');
    this.ended(place, true, 'crashed');
  }

  end(path: string): void {
    const place = this.find(path);
    if (!place || !runs(place) || place.plan.children) return;
    this.ended(place, false, place.state === 'closing' ? 'stopped' : 'ended');
  }

  order(type: 'stop' | 'restart', path: string): void {
    const place = this.find(path);
    if (!place?.parent) return;
    place.parent.mailbox.push({ type, place });
    this.resume(place.parent);
  }

  advance(ms: number): void {
    const to = this.now + ms;
    for (;;) {
      this.timers.sort((a, b) => a.at - b.at || a.order - b.order);
      if (!this.timers[0] || this.timers[0].at > to) break;
      const next = this.timers.shift()!;
      this.now = next.at;
      next.run();
    }
    this.now = to;
  }

  private find(path: string, from = this.root): Place | undefined {
    if (from.path === path) return from;
    return from.children.map((child) => this.find(path, child)).find(Boolean);
  }

  private after(ms: number, run: () => void): () => void {
    const timer = { at: this.now + ms, order: this.timerCount++, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  // Lives.

  private note(what: string, place: Place): void {
    this.trace.push(`${what} ${place.path.replace(/^app\//, '')}`);
  }

  private start(place: Place): void {
    const { plan, hasRun } = place;
    place.starts++;
    if (hasRun) place.incarnation++;
    place.startedAt = this.now;
    place.state = 'starting';
    if (plan.children) {
      Object.assign(place, { phase: 'starting', ending: '', isAskedToEnd: false });
      Object.assign(place, { mailbox: [], waits: [], due: [], restarts: [] });
      place.children = plan.children.map((child) => born(child, place));
      for (const child of place.children) {
        child.incarnation = this.startsBefore.get(child.path) ?? 0;
      }
      place.process = this.supervise(place);
      this.watched(place, () => this.resume(place));
      if (place.state !== 'starting' || place.phase !== 'running') return;
    } else if (this.failsToStart(place)) {
      this.gone(place, 'crashed');
      return;
    }
    place.state = 'up';
    place.hasRun = true;
    this.note(hasRun ? 'restarted' : 'started', place);
  }

  private failsToStart({ plan, incarnation }: Place): boolean {
    const [from, count] = plan.failsIncarnation;
    const [fromMs, toMs] = plan.failsAtMs;
    const isLifeDoomed = incarnation >= from && incarnation < from + count;
    return isLifeDoomed || (this.now >= fromMs && this.now < toMs);
  }

  private watched(place: Place, run: () => void): void {
    place.isWatched = true;
    run();
    place.isWatched = false;
  }

  /** Asks it to end; it may need time. */
  private shut(place: Place): void {
    const { plan, starts } = place;
    if (plan.shutdownMs === 0) {
      this.kill(place, 'killed');
      return;
    }
    place.state = 'closing';
    place.closingAt = this.now;
    if (plan.children) {
      place.isAskedToEnd = true;
      this.watched(place, () => this.resume(place));
    } else if (plan.closesInMs === undefined) {
      this.gone(place, 'stopped');
    } else {
      this.after(plan.closesInMs, () => {
        if (place.starts === starts && place.state === 'closing')
          this.ended(place, false, 'stopped');
      });
    }
  }

  private kill(place: Place, what: string): void {
    this.killBelow(place, what);
    this.gone(place, what);
  }

  private killBelow(place: Place, what: string): void {
    for (const child of place.children.toReversed()) if (runs(child)) this.kill(child, what);
    this.forgetChildren(place);
  }

  /** Their places are made anew with their supervisor, and count on. */
  private forgetChildren(place: Place): void {
    this.keep(place, () => false);
  }

  private keep(place: Place, isKept: (child: Place) => boolean): void {
    for (const child of place.children) {
      const { hasRun, path, incarnation } = child;
      if (hasRun && !isKept(child)) this.startsBefore.set(path, incarnation + 1);
    }
    place.children = place.children.filter(isKept);
  }

  private gone(place: Place, what: string): void {
    place.state = 'down';
    // It may be in the middle of something, with timers set.
    place.process?.return();
    place.process = undefined;
    this.forgetChildren(place);
    if (this.now - place.startedAt >= place.plan.backoff.resetAfterMs) place.attempt = 0;
    this.note(what, place);
  }

  private ended(place: Place, failed: boolean, what: string): void {
    const isExpected = place.state !== 'up';
    this.gone(place, what);
    if (!place.parent || place.isWatched) return;
    const { starts, parent } = place;
    if (!isExpected) parent.mailbox.push({ type: 'down', place, failed, starts });
    this.resume(parent);
  }

  // A supervisor.

  private resume(place: Place): void {
    const { process } = place;
    if (!process?.next().done || place.process !== process) return;
    const { ending, state } = place;
    if (ending === 'failedToStart') this.ended(place, true, 'crashed');
    else this.ended(place, false, state === 'closing' ? 'stopped' : 'ended');
  }

  private *supervise(self: Place): Generator<void, void, void> {
    try {
      yield* this.startAll(self);
      if (!self.ending) self.phase = 'running';
      while (!self.ending) {
        const wait = self.due.shift();
        const message = wait ? undefined : self.mailbox.shift();
        if (wait) yield* this.tryAgain(self, wait);
        else if (message) yield* this.handle(self, message);
        else yield* this.pause(self);
      }
    } catch (error) {
      if (error !== ABORT) throw error;
    }
    self.phase = 'ending';
    yield* this.stop(self, self.children);
  }

  /** Lets time go by; a shutdown ends whatever is being done. */
  private *pause(self: Place): Generator<void, void, void> {
    yield;
    if (self.isAskedToEnd && self.phase !== 'ending') throw ABORT;
  }

  private *startAll(self: Place): Generator<void, void, void> {
    for (const child of self.children) {
      this.start(child);
      while (child.state === 'starting') yield* this.pause(self);
      if (child.state === 'up') continue;
      self.ending = 'failedToStart';
      return;
    }
  }

  private *stop(self: Place, places: readonly Place[]): Generator<void, void, void> {
    for (const place of places.toReversed()) {
      if (place.state === 'up' || place.state === 'starting') this.shut(place);
      if (place.state !== 'closing') continue;
      const restMs = Math.max(0, place.closingAt + place.plan.shutdownMs - this.now);
      const overstays = () => {
        this.kill(place, 'killed');
        this.resume(self);
      };
      const forgive = Number.isFinite(restMs) ? this.after(restMs, overstays) : () => {};
      try {
        while (runs(place)) yield* this.pause(self);
      } finally {
        forgive();
      }
    }
  }

  private *handle(self: Place, message: Message): Generator<void, void, void> {
    const { place } = message;
    if (!self.children.includes(place)) return;
    if (message.type === 'down') {
      if (place.state !== 'down' || place.starts !== message.starts) return;
      yield* this.childDown(self, place, message.failed);
      return;
    }
    const group = this.groupOf(self, place, 'one_for_one');
    this.withdraw(self, group);
    yield* this.stop(self, group);
    const hasToStop = message.type === 'stop';
    this.forgetTemporary(self, group, hasToStop ? undefined : place);
    if (!hasToStop) yield* this.startGroup(self, group);
    else for (const one of group) Object.assign(one, { state: 'idle', attempt: 0 });
  }

  private *childDown(self: Place, place: Place, failed: boolean): Generator<void, void, void> {
    const { restart, significant } = place.plan;
    const isForGood = restart === 'temporary' || (restart === 'transient' && !failed);
    const others = self.children.filter((one) => one !== place && one.plan.significant);
    const isLast = others.every(({ state }) => state === 'idle');
    const { autoShutdown } = self.plan;
    if (isForGood && significant && autoShutdown !== 'never') {
      if (autoShutdown === 'any_significant' || isLast) self.ending = 'shutDown';
    }
    if (self.ending) return;
    if (restart === 'temporary') this.keep(self, (one) => one !== place);
    else if (isForGood) Object.assign(place, { state: 'idle', attempt: 0 });
    else if (!this.allows(self)) self.ending = 'gaveUp';
    else yield* this.restart(self, place);
  }

  private allows(self: Place): boolean {
    self.restarts = self.restarts.filter((at) => this.now <= at + self.plan.periodMs);
    self.restarts.push(this.now);
    return self.restarts.length <= self.plan.intensity;
  }

  private *restart(self: Place, leader: Place): Generator<void, void, void> {
    const waitMs = this.nextWaitMs(leader);
    const group = this.groupOf(self, leader, self.plan.strategy);
    this.withdraw(self, group);
    yield* this.stop(self, group);
    this.forgetTemporary(self, group, leader);
    if (waitMs > 0) this.wait(self, { leader, group, counts: false }, waitMs);
    else yield* this.startGroup(self, group);
  }

  private *tryAgain(self: Place, wait: Wait): Generator<void, void, void> {
    if (wait.counts && !this.allows(self)) {
      self.ending = 'gaveUp';
      return;
    }
    yield* this.stop(self, wait.group);
    this.forgetTemporary(self, wait.group, wait.leader);
    yield* this.startGroup(self, wait.group);
  }

  private *startGroup(self: Place, group: readonly Place[]): Generator<void, void, void> {
    const later = [...self.waits, ...self.due].flatMap((wait) => wait.group);
    let left = group.filter((one) => self.children.includes(one) && !later.includes(one));
    for (let place = left.shift(); place; place = left.shift()) {
      if (runs(place)) continue;
      this.start(place);
      while (place.state === 'starting') yield* this.pause(self);
      if (place.state === 'up') continue;
      const broken = this.groupOf(self, place, self.plan.strategy);
      left = left.filter((one) => !broken.includes(one));
      const waitMs = this.nextWaitMs(place);
      this.withdraw(self, broken);
      this.wait(self, { leader: place, group: broken, counts: true }, waitMs);
    }
  }

  private nextWaitMs(place: Place): number {
    const { minMs, maxMs, factor } = place.plan.backoff;
    const waitMs = Math.round(Math.min(Math.max(minMs, maxMs), minMs * factor ** place.attempt));
    place.attempt++;
    return waitMs;
  }

  private wait(self: Place, wait: Wait, waitMs: number): void {
    self.waits.push(wait);
    this.after(waitMs, () => {
      if (!self.waits.includes(wait)) return;
      self.waits = self.waits.filter((other) => other !== wait);
      self.due.push(wait);
      this.resume(self);
    });
  }

  private withdraw(self: Place, group: readonly Place[]): void {
    self.waits = self.waits.filter(({ leader }) => !group.includes(leader));
    self.due = self.due.filter(({ leader }) => !group.includes(leader));
  }

  private forgetTemporary(self: Place, group: readonly Place[], but: Place | undefined): void {
    const isForgotten = (one: Place) =>
      one !== but && group.includes(one) && one.plan.restart === 'temporary' && !runs(one);
    this.keep(self, (one) => !isForgotten(one));
  }

  private groupOf(self: Place, place: Place, strategy: Plan['strategy']): Place[] {
    const { children } = self;
    if (strategy === 'one_for_all') return [...children];
    const isAfter = (one: Place) => children.indexOf(one) > children.indexOf(place);
    const group = new Set([
      place,
      ...(strategy === 'rest_for_one' ? children.filter(isAfter) : []),
    ]);
    for (let size = 0; size !== group.size; ) {
      size = group.size;
      const ids = [...group].map(({ plan }) => plan.id);
      for (const one of children)
        if (one.plan.dependsOn.some((id) => ids.includes(id))) group.add(one);
    }
    return children.filter((one) => group.has(one));
  }
}
