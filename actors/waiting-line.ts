/** Who waits, first come, first served; anybody may leave. */

/** The line owns the links; everybody else leaves them alone. */
export interface InLine {
  ahead: InLine | null;
  behind: InLine | null;
  /** The turn has come; the entry has left the line by then. */
  turnCame(): void;
  /** Nobody will be served any more; the entry leaves the line. */
  turnedAway(): void;
}

export class WaitingLine {
  #first: InLine | null = null;
  #last: InLine | null = null;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): InLine | null {
    return this.#first;
  }

  join(entry: InLine): void {
    entry.ahead = this.#last;
    if (this.#last) this.#last.behind = entry;
    else this.#first = entry;
    this.#last = entry;
    this.#length += 1;
  }

  /** The entry must be in this line. */
  leave(entry: InLine): void {
    const { ahead, behind } = entry;
    if (ahead) ahead.behind = behind;
    else this.#first = behind;
    if (behind) behind.ahead = ahead;
    else this.#last = ahead;
    entry.ahead = null;
    entry.behind = null;
    this.#length -= 1;
  }

  turnAllAway(): void {
    for (let entry = this.#first; entry; entry = this.#first) entry.turnedAway();
  }
}
