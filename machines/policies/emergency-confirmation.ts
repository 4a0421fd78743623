/** When reports make an emergency: one source has to say it again, several together need not. */
import type { SafetySettings } from '../../config/safety.ts';

/** What a source has reported in a row, without taking it back. */
export type EmergencyReport = {
  readonly count: number;
  readonly at: number;
  readonly why: string;
};

/** By source. */
export type EmergencyReports = Readonly<Record<string, EmergencyReport>>;

type Rule = Pick<SafetySettings, 'confirmCount' | 'confirmSourceCount' | 'confirmWithinMs'>;

/** Sources that are remembered; whoever floods the manager with names pushes out the oldest. */
const sourceCountMax = 64;

const isFresh = (report: EmergencyReport, at: number, { confirmWithinMs }: Rule): boolean =>
  at - report.at <= confirmWithinMs;

/** The reports after one more. A source whose last one is too old begins anew. */
export function withReport(
  reports: EmergencyReports,
  { source, at, why }: { readonly source: string; readonly at: number; readonly why: string },
  rule: Rule,
): EmergencyReports {
  const fresh = Object.entries(reports).filter(([, report]) => isFresh(report, at, rule));
  const before = fresh.find(([name]) => name === source)?.[1].count ?? 0;
  const others = fresh.filter(([name]) => name !== source).slice(1 - sourceCountMax);
  return Object.fromEntries([...others, [source, { count: before + 1, at, why }]]);
}

/** The reports after a source took its own back. */
export function withoutReport(reports: EmergencyReports, source: string): EmergencyReports {
  if (!Object.hasOwn(reports, source)) return reports;
  return Object.fromEntries(Object.entries(reports).filter(([name]) => name !== source));
}

/** Whether the reports that are fresh at `at` are enough to start an emergency. */
export function isConfirmed(reports: EmergencyReports, at: number, rule: Rule): boolean {
  const fresh = Object.values(reports).filter((report) => isFresh(report, at, rule));
  return (
    fresh.some(({ count }) => count >= rule.confirmCount) ||
    // One source is never several, whatever the settings say.
    fresh.length >= Math.max(2, rule.confirmSourceCount)
  );
}
