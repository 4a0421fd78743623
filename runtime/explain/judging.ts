/** What the files of evidence share: how a decision is read, and how a comparison is written. */
import type { Check, Decision, Judge, Judgement } from './evidence.ts';

/** A decision with the types of its chart. */
export interface Decided<F, C, E = { readonly type: string; readonly at?: number }> {
  readonly fact: F;
  readonly event: E;
  readonly before: C;
  readonly after: C;
}

export type Judged = Omit<Judgement, 'agrees'>;

/** A chart that is starting decides nothing. */
export const judging =
  <F, C, E = { readonly type: string; readonly at?: number }>(
    judge: (decided: Decided<F, C, E>) => Judged | undefined,
  ): Judge =>
  ({ fact, event, before, after }: Decision) =>
    event && before ? judge({ fact, event, before, after } as never) : undefined;

export const check = (what: string, expected: unknown, actual: unknown): Check => ({
  what,
  expected,
  actual,
});
