/** What the safeguards of a live runtime reach of the world: people, and the end of trading. */
import type { SafeguardPorts } from '../actors/safeguards.ts';
import { logSink } from './alerts/log-sink.ts';
import { notifiers, type Sink } from './alerts/notifiers.ts';
import { webhookSink } from './alerts/webhook-sink.ts';
import type { Core } from './core.ts';
import { emergencyPort } from './emergency-port.ts';
import type { Entry } from './engine/ingress.ts';
import type { Journal } from './journal/journal.ts';
import type { ResolvedOptions } from './options.ts';

/** The parts of a runtime that the ports need. */
export interface PortsHost {
  readonly core: Core;
  readonly options: ResolvedOptions;
  readonly journal: Journal;
  readonly submit: (entry: Entry) => boolean;
}

export function safeguardPorts(host: PortsHost): SafeguardPorts {
  const { options, core } = host;
  const notifier = notifiers(sinks(options, () => core.settings.alerts.webhook));
  return { clock: options.clock, notifier, emergency: portOf(host) };
}

function sinks({ logger, ports }: ResolvedOptions, webhook: Parameters<typeof webhookSink>[0]) {
  const own = ports?.notifier;
  const given: Sink[] = own
    ? [{ name: 'notifier', isLog: false, notify: (...notice) => own.notify(...notice) }]
    : [];
  return [logSink(logger), ...given, webhookSink(webhook)];
}

function portOf({ core, options, submit, journal }: PortsHost) {
  const root = `/${options.tree.id}`;
  const order = (path: string, op: 'stop' | 'restart') =>
    void submit({ kind: 'child', path, event: { op } });
  const host = {
    flush: () => journal.flush(),
    tree: () => [...(core.tree.node(root)?.children.values() ?? [])].map(({ path }) => path),
    isUp: (path: string) => core.tree.node(path)?.isUp === true,
    stop: (path: string) => order(path, 'stop'),
    start: (path: string) => order(path, 'restart'),
  };
  return emergencyPort(host, options.ports?.emergency);
}
