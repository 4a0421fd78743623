/**
 * The world of one process: what effects reach, and what a script lets them come to. A process that
 * is started anew has a new one, in which nothing of the old is left.
 */
import { Subject } from 'rxjs';
import type { AnyEventObject } from 'xstate';

interface Call {
  readonly name: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Listener = (event: AnyEventObject) => void;

export class World {
  /** What function actions wrote down, in order. */
  readonly notes: string[] = [];
  /** Effects that were started, in order. */
  readonly starts: string[] = [];
  /** Effects that were cleaned up or aborted, in order. */
  readonly ends: string[] = [];
  private calls: Call[] = [];
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly subjects = new Map<string, Subject<unknown>[]>();

  note(text: string): void {
    this.notes.push(text);
  }

  /** A request whose reply is the script's to give. */
  request(name: string, signal?: AbortSignal): Promise<unknown> {
    this.starts.push(name);
    signal?.addEventListener('abort', () => this.ends.push(name));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.calls.push({ name, resolve, reject });
    return promise;
  }

  /** Answers the newest request of a name, one that was aborted included. */
  settle(name: string, how: 'resolve' | 'reject', value: unknown): boolean {
    const call = this.calls.findLast((one) => one.name === name);
    this.calls = this.calls.filter((one) => one !== call);
    call?.[how](value);
    return call !== undefined;
  }

  /** A connection: what the script tells it goes to the listener. */
  connect(name: string, listener: Listener): () => void {
    this.starts.push(name);
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return () => {
      this.ends.push(name);
      all.delete(listener);
    };
  }

  tell(name: string, event: AnyEventObject): void {
    const all = [...(this.listeners.get(name) ?? [])];
    if (all.length === 0) throw new Error(`Nobody listens to '${name}'.`);
    for (const listener of all) listener(event);
  }

  /** A stream of values that come from the script. */
  stream<T>(name: string): Subject<T> {
    this.starts.push(name);
    const subject = new Subject<T>();
    this.subjects.set(name, [...(this.subjects.get(name) ?? []), subject as Subject<unknown>]);
    return subject;
  }

  streamed(name: string): Subject<unknown> {
    const subject = this.subjects.get(name)?.at(-1);
    if (!subject) throw new Error(`There is no stream '${name}'.`);
    return subject;
  }
}
