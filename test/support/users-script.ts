/** Steps of scripts: what happens to a machine from outside, in any world. */
import type { AnyEventObject } from 'xstate';
import type { World } from './users-world.ts';

/** What a script acts on: a machine under plain XState or under the runtime. */
export interface Scene {
  readonly world: World;
  send(event: AnyEventObject): void;
  advance(ms: number): Promise<void>;
}

export type Step = (scene: Scene) => void | Promise<void>;

const eventOf = (event: string | AnyEventObject) =>
  typeof event === 'string' ? { type: event } : event;

export const send =
  (event: string | AnyEventObject): Step =>
  (scene) =>
    scene.send(eventOf(event));

/** Time passes in two parts, so that a process also ends while timers wait. */
export const pass = (ms: number): Step[] => {
  const first = Math.floor(ms / 3);
  return [first, ms - first].filter((part) => part > 0).map((part) => (s) => s.advance(part));
};

const settle =
  (name: string, how: 'resolve' | 'reject', value: unknown): Step =>
  ({ world }) => {
    if (!world.settle(name, how, value)) throw new Error(`Nobody waits for '${name}'.`);
  };
export const reply = (name: string, value?: unknown): Step => settle(name, 'resolve', value);
export const refuse = (name: string, why: string): Step =>
  settle(name, 'reject', new RangeError(why));
/** Comes after whoever asked has lost interest: in another process nobody has asked. */
export const replyLate =
  (name: string, value?: unknown): Step =>
  ({ world }) =>
    void world.settle(name, 'resolve', value);
export const tell =
  (name: string, event: string | AnyEventObject): Step =>
  ({ world }) =>
    world.tell(name, eventOf(event));
export const next =
  (name: string, value: unknown): Step =>
  ({ world }) =>
    world.streamed(name).next(value);
export const complete =
  (name: string): Step =>
  ({ world }) =>
    world.streamed(name).complete();
export const failStream =
  (name: string, why: string): Step =>
  ({ world }) =>
    world.streamed(name).error(new RangeError(why));
