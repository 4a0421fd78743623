/**
 * Takes failures of one kind that come close together as one: the two orders of a turn from long to
 * short are in one trouble, and heat that lasts is told now and then.
 */
import type { FailureReport } from '../secr.ts';

/** What adds up, as failed orders; or what lasts, as heat: there the worst counts. */
export type Counting = 'sum' | 'worst';

interface Collected {
  readonly report: FailureReport;
  readonly count: number;
}

export class FailureCollector {
  private readonly collected = new Map<string, Collected>();
  private interval: number | undefined;

  /** @param how severities of one kind are taken together; never above 1. */
  take(report: FailureReport, how: Counting): void {
    const before = this.collected.get(report.subgroup);
    if (!before) {
      this.collected.set(report.subgroup, { report, count: 1 });
      return;
    }
    const was = before.report.severity;
    const worse = report.severity > was ? report : before.report;
    const sum = Math.round((was + report.severity) * 1_000) / 1_000;
    const severity = how === 'sum' ? Math.min(1, sum) : worse.severity;
    this.collected.set(report.subgroup, {
      report: { ...worse, severity },
      count: before.count + 1,
    });
  }

  /**
   * What there is to tell, once in each interval of logical time; by whole intervals, so that a
   * restart keeps step.
   */
  due(at: number, everyMs: number): readonly FailureReport[] {
    const interval = Math.floor(at / everyMs);
    const isNew = this.interval !== undefined && interval !== this.interval;
    this.interval = interval;
    if (!isNew || this.collected.size === 0) return [];
    const reports = [...this.collected.values()].map(({ report, count }) => ({
      ...report,
      context: { ...(report.context as object), count },
    }));
    this.collected.clear();
    return reports;
  }
}
