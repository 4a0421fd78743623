/** Alerts and safety of a runtime: their handles, and the actors below `/safeguards`. */
import { Alerts } from '../actors/alerts.ts';
import { type SafeguardPorts, safeguardPaths } from '../actors/safeguards.ts';
import { Safety } from '../actors/safety.ts';
import type { AlertsContext } from '../machines/alerts.ts';
import type { EmergencyPlanContext } from '../machines/emergency-plan.ts';
import type { SafetyContext } from '../machines/safety.ts';
import { logSink } from './alerts/log-sink.ts';
import { notifiers, type Sink } from './alerts/notifiers.ts';
import { webhookSink } from './alerts/webhook-sink.ts';
import type { ControlServer } from './control/server.ts';
import type { Core } from './core.ts';
import { emergencyPort } from './emergency-port.ts';
import type { Entry } from './engine/ingress.ts';
import { errorText } from './error-text.ts';
import type { Journal } from './journal/journal.ts';
import type { ResolvedOptions } from './options.ts';

export interface SafeguardsHost {
  /** Made after its ports are. */
  readonly core: () => Core;
  readonly options: ResolvedOptions;
  readonly submit: (entry: Entry) => boolean;
  readonly journal: Journal;
}

export class Safeguards {
  readonly alerts: Alerts;
  readonly safety: Safety;
  /** For the actors; a replay needs none. */
  readonly ports: SafeguardPorts;
  private readonly host: SafeguardsHost;
  private control: ControlServer | undefined;

  constructor(host: SafeguardsHost) {
    this.host = host;
    const { clock } = host.options;
    this.ports = { clock, notifier: notifiers(this.sinks()), emergency: this.emergencyPort() };
    const { alerts, plan, safety } = safeguardPaths;
    const send = (path: string, event: { readonly type: string }, isOrder: boolean): boolean => {
      this.ensure();
      if (!host.core().engine.paths.at(path)) return false;
      return host.submit({ kind: 'event', path, event, safety: isOrder });
    };
    this.alerts = new Alerts({
      clock,
      send: (event) => void send(alerts, event, event.type === 'ACKNOWLEDGE'),
      context: () => this.snapshot<AlertsContext>(alerts)?.context,
    });
    this.safety = new Safety({
      clock,
      send: (event) => send(safety, event, true),
      sendToPlan: (event) => send(plan, event, true),
      context: () => this.snapshot<SafetyContext>(safety)?.context,
      plan: () => this.snapshot<EmergencyPlanContext>(plan),
      settings: () => host.core().settings.safety,
    });
  }

  /** After each turn. */
  observe(): void {
    this.safety.observe();
  }

  /** Opens the control socket, when the host wants one and the journal is a folder. */
  async open(): Promise<void> {
    const { control, journal } = this.host.options;
    if (control !== true || typeof journal !== 'string') return;
    const { openControlServer } = await import('./control/server.ts');
    const { controlHandlers } = await import('./control/handlers.ts');
    const { safety, host } = this;
    const handlers = controlHandlers(safety, () => host.journal.flush());
    try {
      this.control = await openControlServer(journal, handlers);
    } catch (error) {
      // Trading without this way of stopping it is a choice of people: they are told.
      const text = `no control socket, so \`kintsugi emergency\` does not reach this process`;
      this.host.options.logger?.error({ why: errorText(error) }, `${text}: ${errorText(error)}`);
    }
  }

  async close(): Promise<void> {
    await this.control?.close();
  }

  /** The first use starts the actors; a journal that is continued has them already. */
  private ensure(): void {
    const path = safeguardPaths.root;
    const { core, submit } = this.host;
    if (core().tree.node(path)) return;
    const event = { op: 'start', id: 'safeguards', spec: 'safeguards' } as const;
    submit({ kind: 'child', path, event });
  }

  private snapshot<Context>(path: string) {
    const snapshot = this.host.core().engine.paths.at(path)?.getSnapshot();
    return snapshot as
      | { readonly context: Context; readonly tags: ReadonlySet<string> }
      | undefined;
  }

  private sinks(): Sink[] {
    const { logger, ports } = this.host.options;
    const own = ports?.notifier;
    const given: Sink[] = own
      ? [{ name: 'notifier', isLog: false, notify: (...notice) => own.notify(...notice) }]
      : [];
    const webhook = webhookSink(() => this.host.options.wanted.alerts.webhook);
    return [logSink(logger), ...given, webhook];
  }

  private emergencyPort() {
    const { core, options, submit, journal } = this.host;
    const root = `/${options.tree.id}`;
    const order = (path: string, op: 'stop' | 'restart') =>
      void submit({ kind: 'child', path, event: { op } });
    const host = {
      flush: () => journal.flush(),
      tree: () => [...(core().tree.node(root)?.children.values() ?? [])].map(({ path }) => path),
      isUp: (path: string) => core().tree.node(path)?.isUp === true,
      stop: (path: string) => order(path, 'stop'),
      start: (path: string) => order(path, 'restart'),
    };
    return emergencyPort(host, options.ports?.emergency);
  }
}
