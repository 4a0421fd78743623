/**
 * Session ids and names of what has none: one counter for the whole runtime, so that a replay names
 * everyone alike.
 */
export class Ids {
  /** Drawn so far. */
  count = 0;
  /** Session ids of actors that are restored, in the order in which they are made. */
  planned: string[] = [];

  session(): string {
    return this.planned.shift() ?? `x:${this.count++}`;
  }

  timer(): string {
    return `timer:${this.count++}`;
  }
}
