/** Health as hosts see it: probes, gauges, sensors and the report. */
import { ConfigInvalidError } from '../actors/errors.ts';
import type { ProbeGiven } from '../actors/health.ts';
import type { Sensor } from '../actors/ports.ts';
import { safeguardPaths } from '../actors/safeguards.ts';
import { type ProbeOptionsInput, probeOptionsSchema } from '../config/health.ts';
import { childIdSchema } from '../config/supervision.ts';
import type { HealthMonitorContext } from '../machines/health-monitor.ts';
import type { Check, CheckTable } from './health-checks.ts';
import { type HealthReport, healthReport } from './health-report.ts';
import type { SafeguardHost } from './safeguards.ts';

export type ProbeInput = ProbeOptionsInput & { readonly id: string; readonly check: Check };

/** Limits and weight of a gauge; it has no cadence of its own. */
export type GaugeOptions = Omit<ProbeOptionsInput, 'everyMs' | 'timeoutMs'>;

const pathOf = (id: string): string => `${safeguardPaths.probes}/${id}`;

export class Health {
  readonly #host: SafeguardHost;
  readonly #checks: CheckTable;
  /** What each probe of this process was asked for with, as JSON. */
  readonly #asked = new Map<string, string>();

  /** Use `runtime.health`. */
  constructor(host: SafeguardHost, checks: CheckTable) {
    this.#host = host;
    this.#checks = checks;
  }

  /**
   * Watches a component. A probe of the same id takes the new check, and starts anew when its
   * options differ. Give checks again after a restart of the process: until then they fail.
   *
   * @returns a function that ends the probe.
   * @throws {ConfigInvalidError} when an option is not allowed.
   * @throws {RangeError} when there are too many probes.
   */
  probe({ id, check, ...options }: ProbeInput): () => void {
    if (typeof check !== 'function') {
      throw new TypeError(`Probe '${id}' needs 'check' as a function, got ${typeof check}.`);
    }
    this.#checks.set(id, check);
    this.#ensure(id, options, false);
    return () => this.remove(id);
  }

  /** Ends a probe or a gauge: it counts in the score no more. Harmless when there is none. */
  remove(id: string): void {
    this.#checks.delete(id);
    this.#asked.delete(id);
    if (!this.#host.has(pathOf(id))) return;
    this.#host.child(pathOf(id), { op: 'stop' });
    const event = { type: 'COMPONENT_REMOVED', at: this.#host.now(), id };
    this.#host.send(safeguardPaths.health, event);
  }

  /**
   * Reports a value of the host's own, as a drawdown or an order latency: one journal entry each.
   * A value that is not finite is a failure of the gauge.
   *
   * @param options limits and weight; those of the first call hold until others are given.
   * @throws what `probe` throws.
   */
  gauge(name: string, value: number, options?: GaugeOptions): void {
    if (options || !this.#host.has(pathOf(name))) this.#ensure(name, options ?? {}, true);
    const at = this.#host.now();
    const event = Number.isFinite(value)
      ? { type: 'CHECK_PASSED', at, value }
      : { type: 'CHECK_FAILED', at, why: `reported ${value}` };
    this.#host.send(pathOf(name), event);
  }

  /**
   * Watches sensors, each by a probe of its name.
   *
   * @param options by name of the sensor, as its limits.
   * @throws what `probe` throws.
   */
  sense(
    sensors: Readonly<Record<string, Sensor>>,
    options: Readonly<Record<string, ProbeOptionsInput>> = {},
  ): void {
    for (const [id, sensor] of Object.entries(sensors)) {
      this.probe({ ...options[id], id, check: (scope) => sensor.read(scope) });
    }
  }

  /**
   * Checks every component now, and reports once each check has ended or was too late. Gauges are
   * as they were.
   */
  async check(): Promise<HealthReport> {
    await this.#checks.checkAll();
    return this.report();
  }

  /** Score, components, availability and counts, as of now. */
  report(): HealthReport {
    const monitor = this.#host.contextAt<HealthMonitorContext>(safeguardPaths.health);
    return healthReport(monitor, this.#host.now(), (id) => this.#host.contextAt(pathOf(id)));
  }

  #ensure(id: string, options: ProbeOptionsInput, isGauge: boolean): void {
    const given: ProbeGiven = { options: parsed(id, options), isGauge };
    const isHere = this.#host.has(pathOf(id));
    const text = JSON.stringify(given);
    if (
      isHere &&
      text === (this.#asked.get(id) ?? JSON.stringify(this.#host.givenAt(pathOf(id))))
    ) {
      this.#asked.set(id, text);
      return;
    }
    const { probeCountMax } = this.#host.settings.health;
    if (!isHere && this.#host.childCount(safeguardPaths.probes) >= probeCountMax) {
      throw new RangeError(
        `'${id}' is one probe too many: health.probeCountMax is ${probeCountMax}.`,
      );
    }
    if (isHere) this.#host.child(pathOf(id), { op: 'stop' });
    this.#host.child(pathOf(id), { op: 'start', id, spec: 'template', given });
    this.#asked.set(id, text);
  }
}

/** @throws {ConfigInvalidError} that names every problem. */
function parsed(id: string, options: ProbeOptionsInput): ProbeGiven['options'] {
  const name = childIdSchema.safeParse(id);
  const result = probeOptionsSchema.safeParse(options);
  if (name.success && result.success) return result.data;
  const issues = [...(name.error?.issues ?? []), ...(result.error?.issues ?? [])];
  throw new ConfigInvalidError(
    issues.map(({ path, message }) => ({
      path: ['health', 'probe', id, ...path].join('.'),
      message,
    })),
  );
}
