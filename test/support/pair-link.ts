/** Time, and a link with loss, delay and duplication, for pairs that are simulated from a seed. */
import type { Clock, LeaseOutcome, LeaseStore } from '../../actors/ports.ts';
import { Heap } from '../../runtime/heap.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

const flush = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One time for all; whatever was woken runs to its end before it moves on. */
export class Timeline {
  now = 0;
  private order = 0;
  private readonly heap = new Heap<Due>((a, b) =>
    a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs,
  );

  at(atMs: number, run: () => void): void {
    this.order += 1;
    this.heap.push({ atMs: Math.max(this.now, atMs), order: this.order, run });
  }

  async runUntil(endMs: number): Promise<void> {
    for (let due = this.heap.peek(); due && due.atMs <= endMs; due = this.heap.peek()) {
      this.heap.pop();
      this.now = due.atMs;
      due.run();
      await flush();
    }
    this.now = endMs;
  }
}

/** The processor of one host: its clock runs at a rate of its own, and it may be paused or dead. */
export class Processor {
  isDead = false;
  private pausedUntilMs = 0;
  private readonly time: Timeline;
  private readonly skew: { readonly rate: number; readonly offsetMs: number };

  constructor(time: Timeline, skew: { readonly rate: number; readonly offsetMs: number }) {
    this.time = time;
    this.skew = skew;
  }

  pauseUntil(untilMs: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
  }

  /** Runs something here at a global time, or once a pause is over; never when it is dead. */
  at(atMs: number, run: () => void): void {
    this.time.at(atMs, () => {
      if (this.isDead) return;
      if (this.time.now < this.pausedUntilMs) this.at(this.pausedUntilMs, run);
      else run();
    });
  }

  /** The clock of this host. */
  get clock(): Clock {
    const { rate, offsetMs } = this.skew;
    return {
      now: () => Math.round(this.time.now * rate + offsetMs),
      at: (dueMs, wake) => {
        let isLive = true;
        this.at(Math.ceil((dueMs - offsetMs) / rate), () => isLive && wake());
        return () => {
          isLive = false;
        };
      },
    };
  }
}

export interface LinkQuality {
  /** Shares of messages, 0 to 1. */
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  /** Longest delay of a message, ms. */
  readonly delayMaxMs: number;
}

/** Between a host and whoever it asks. Requests and replies travel alike. */
export class Link {
  private readonly time: Timeline;
  private readonly draw: () => number;
  private readonly quality: () => LinkQuality;

  constructor(time: Timeline, draw: () => number, quality: () => LinkQuality) {
    this.time = time;
    this.draw = draw;
    this.quality = quality;
  }

  /** Delivers a message, once, twice or never. */
  private send(deliver: () => void): void {
    const { lossRatio, duplicateRatio, delayMaxMs } = this.quality();
    const copies = this.draw() < duplicateRatio ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (this.draw() < lossRatio) continue;
      this.time.at(this.time.now + 1 + this.draw() * delayMaxMs, deliver);
    }
  }

  /** Asks something of the other end; rejects when no answer came in time. */
  ask<T>(from: Processor, limitMs: number, answer: () => Promise<T> | T): Promise<T> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (settle: () => void) =>
        from.at(this.time.now, () => {
          isOver = true;
          settle();
        });
      this.send(() => {
        new Promise<T>((answered) => answered(answer())).then(
          (value) => this.send(() => end(() => resolve(value))),
          (error: unknown) => this.send(() => end(() => reject(error))),
        );
      });
      from.at(this.time.now + limitMs, () => {
        // An error takes its time.
        if (!isOver) reject(new Error('no answer'));
      });
    });
  }
}

/** A lease store at the other end of a link. */
export function distantLeases(store: LeaseStore, from: Processor, link: Link): LeaseStore {
  const ask = (run: () => Promise<LeaseOutcome>): Promise<LeaseOutcome> =>
    link.ask(from, 80, run).catch((cause) => ({ kind: 'unknownOutcome', cause }));
  return {
    acquire: (request) => ask(() => store.acquire(request)),
    renew: (request) => ask(() => store.renew(request)),
    release: (request) => ask(() => store.release(request)),
    get: (name) => link.ask(from, 80, () => store.get(name)).catch(() => undefined),
  };
}
