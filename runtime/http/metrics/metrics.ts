/**
 * Metrics for Prometheus: counted in numbers that are already there, put into words when somebody
 * asks. Groups: HTTP, trading, jobs and learning, security, system, services. What this runtime
 * does not have is left out.
 */
import { readFileSync, statfsSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Runtime } from '../../runtime.ts';
import { type RouteCounts, requestFamilies } from './requests.ts';
import { stateFamilies } from './state.ts';
import { counter, type Family, gauge, metricsText, only } from './text.ts';
import { TurnCounts } from './turns.ts';

/** Kinds of refusals that are told apart: codes of ours, so that there are few. */
const refusalCodeCountMax = 50;

export class Metrics {
  readonly turns = new TurnCounts();
  readonly routes: RouteCounts[] = [];
  private readonly refusals = new Map<string, number>();
  private readonly delay = monitorEventLoopDelay({ resolution: 20 });
  private readonly folder: string | undefined;

  /** @param folder of the journal: the room on its disk is told. */
  constructor(folder: string | undefined) {
    this.folder = folder;
    this.delay.enable();
  }

  refused(code: string): void {
    const before = this.refusals.get(code);
    if (before === undefined && this.refusals.size >= refusalCodeCountMax) return;
    this.refusals.set(code, (before ?? 0) + 1);
  }

  text(runtime: Runtime): string {
    return metricsText([
      ...requestFamilies(this.routes),
      ...this.turns.families(),
      ...stateFamilies(runtime),
      ...this.security(),
      ...this.system(),
    ]);
  }

  close(): void {
    this.delay.disable();
  }

  private security(): readonly Family[] {
    const samples = [...this.refusals].map(([code, value]) => ({ value, labels: { code } }));
    const help = 'Requests that were turned away, by the code of the problem.';
    return [counter('kintsugi_requests_refused_total', help, samples)];
  }

  private system(): readonly Family[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const delayMs = this.delay.percentile(99) / 1e6;
    this.delay.reset();
    return [
      counter('process_cpu_seconds_total', 'Processor time.', only((user + system) / 1e6)),
      gauge('process_resident_memory_bytes', 'Memory of the process.', only(rss)),
      gauge('kintsugi_heap_bytes', 'Memory of objects.', only(heapUsed)),
      gauge(
        'kintsugi_event_loop_delay_seconds',
        'Delay of the event loop since the last scrape: 99 of 100 were shorter.',
        only(delayMs / 1_000),
      ),
      gauge(
        'process_start_time_seconds',
        'When the process began, since 1970.',
        only((Date.now() - process.uptime() * 1_000) / 1_000),
      ),
      gauge('kintsugi_threads', 'Threads of the process.', only(threadCount())),
      gauge('kintsugi_disk_free_bytes', 'Room on the disk of the journal.', only(this.free())),
    ];
  }

  private free(): number | undefined {
    if (this.folder === undefined) return undefined;
    try {
      const { bavail, bsize } = statfsSync(this.folder);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  }
}

/** As Linux tells it; undefined elsewhere. */
function threadCount(): number | undefined {
  try {
    const found = /^Threads:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
