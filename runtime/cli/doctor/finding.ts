/** What the doctor found out about one thing. */
export interface Finding {
  /** As in `node`, `disk`. */
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
  /** What it is, with its measures. */
  readonly found: string;
  /** What to do; absent when nothing needs doing. */
  readonly advice?: string;
}
