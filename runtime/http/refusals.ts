/** Refusals on their way into the journal: the first at once, those behind it once a second. */

/** Real time between two entries, ms: a flood must not fill the journal. */
const gatherMs = 1_000;

export class Refusals {
  private readonly tell: (counts: Readonly<Record<string, number>>) => void;
  private counts: Record<string, number> = {};
  private timer: NodeJS.Timeout | undefined;

  constructor(tell: (counts: Readonly<Record<string, number>>) => void) {
    this.tell = tell;
  }

  add(code: string): void {
    this.counts[code] = (this.counts[code] ?? 0) + 1;
    if (this.timer) return;
    this.timer = setTimeout(() => this.next(), gatherMs).unref();
    this.flush();
  }

  /** Tells what is left, and nothing after that until a new one comes. */
  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flush();
  }

  private next(): void {
    this.timer = undefined;
    if (Object.keys(this.counts).length === 0) return;
    this.timer = setTimeout(() => this.next(), gatherMs).unref();
    this.flush();
  }

  private flush(): void {
    const { counts } = this;
    if (Object.keys(counts).length === 0) return;
    this.counts = {};
    this.tell(counts);
  }
}
