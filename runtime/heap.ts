/** A binary heap: what comes before all others is at the top. */
export class Heap<T> {
  private readonly rows: T[] = [];
  private readonly before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.before = before;
  }

  get size(): number {
    return this.rows.length;
  }

  peek(): T | undefined {
    return this.rows[0];
  }

  push(row: T): void {
    const { rows } = this;
    let i = rows.push(row) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.before(row, rows[parent]!)) break;
      rows[i] = rows[parent]!;
      i = parent;
    }
    rows[i] = row;
  }

  pop(): T | undefined {
    const { rows } = this;
    const top = rows[0];
    const last = rows.pop();
    if (rows.length > 0) this.sink(last!);
    return top;
  }

  /** Throws away the rows that do not pass. */
  keep(passes: (row: T) => boolean): void {
    const kept = this.rows.filter(passes).sort((a, b) => (this.before(a, b) ? -1 : 1));
    this.rows.length = 0;
    // One by one: a spread of very many would overflow the stack.
    for (const row of kept) this.rows.push(row);
  }

  private sink(row: T): void {
    const { rows } = this;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= rows.length) break;
      if (child + 1 < rows.length && this.before(rows[child + 1]!, rows[child]!)) child++;
      if (!this.before(rows[child]!, row)) break;
      rows[i] = rows[child]!;
      i = child;
    }
    rows[i] = row;
  }
}
