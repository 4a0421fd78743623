/** Which results of calls are failures: by default every error is one, and no value is. */

/**
 * Functions of the host that only classify: the caller gets the same value or error either way. One
 * that throws makes its result a failure; the first time this is told by `breaker.predicateFailed`.
 */
export interface CallPredicates {
  /** False: this error counts as a success. Not asked about calls that ran out of time. */
  readonly isFailure?: (error: unknown) => boolean;
  /** True: this value counts as a failure. */
  readonly isFailedResult?: (result: unknown) => boolean;
}

const whyLengthMax = 200;

/** Short words of an error for the journal. Never throws, whatever was thrown. */
export function wordsOf(error: unknown): string {
  try {
    if (error instanceof Error) return `${error.name}: ${error.message}`.slice(0, whyLengthMax);
    return typeof error === 'string' ? error.slice(0, whyLengthMax) : `a thrown ${typeof error}`;
  } catch {
    return 'an error that cannot be read';
  }
}

export class Classifier {
  predicates: CallPredicates = {};
  readonly #isReported = new Set<keyof CallPredicates>();
  readonly #report: (predicate: keyof CallPredicates, why: string) => void;

  constructor(report: (predicate: keyof CallPredicates, why: string) => void) {
    this.#report = report;
  }

  isFailure(error: unknown): boolean {
    const { isFailure } = this.predicates;
    return isFailure === undefined || this.#ask('isFailure', isFailure, error);
  }

  isFailedResult(value: unknown): boolean {
    const { isFailedResult } = this.predicates;
    return isFailedResult !== undefined && this.#ask('isFailedResult', isFailedResult, value);
  }

  #ask(name: keyof CallPredicates, predicate: (value: never) => boolean, value: unknown): boolean {
    try {
      return predicate(value as never) === true;
    } catch (error) {
      if (!this.#isReported.has(name)) {
        this.#isReported.add(name);
        this.#report(name, wordsOf(error));
      }
      return true;
    }
  }
}
