/** Several ways of telling people as one: each is tried, and those that failed are named. */
import type { Notice, NoticeReport, Notifier } from '../../actors/ports.ts';
import { errorText } from '../error-text.ts';

/** One way of telling people. */
export interface Sink {
  /** As in `webhook`. */
  readonly name: string;
  /** Whether it takes notices for the log only. */
  readonly isLog: boolean;
  readonly notify: Notifier['notify'];
}

/** Tries all sinks at the same time. Never rejects: the report names what failed. */
export function notifiers(sinks: readonly Sink[]): Notifier {
  return {
    async notify(notice: Notice, options): Promise<NoticeReport> {
      const meant = sinks.filter((sink) => sink.isLog || notice.audience !== 'log');
      const told = await Promise.all(
        meant.map(async (sink): Promise<NoticeReport['failures']> => {
          try {
            const report = (await sink.notify(notice, options)) as NoticeReport | undefined;
            return report?.failures ?? [];
          } catch (error) {
            return [{ sink: sink.name, why: errorText(error) }];
          }
        }),
      );
      return { failures: told.flat() };
    },
  };
}
