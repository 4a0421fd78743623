/** The book of alerts joined to whoever tells people, and the handle for operators. */
import { fromPromise } from 'xstate';
import type { AlertsSettings } from '../config/alerts.ts';
import { type AlertNotice, alertMachine, type NoticeOutcome } from '../machines/alert.ts';
import {
  type AlertsContext,
  type AlertsEvent,
  alertsMachine,
  type Raise,
} from '../machines/alerts.ts';
import { type AlertRow, severities } from '../machines/policies/alert-book.ts';
import { type ChildScope, type ChildSpec, child } from './child.ts';
import { effectKey } from './effect-key.ts';
import { checkText } from './operator-order.ts';
import type { Clock, NoticeReport, Notifier } from './ports.ts';

export type { AlertRow };

export interface AlertsPorts {
  readonly notifier: Notifier;
  readonly clock: Pick<Clock, 'now'>;
}

/** A failed notice is an outcome too: nothing is thrown, and the book counts it. */
const notifyActor = ({ notifier, clock }: AlertsPorts) =>
  fromPromise<NoticeOutcome, AlertNotice>(async ({ input, signal, self }) => {
    try {
      const notice = { ...input, noticeKey: effectKey(self) };
      const report = (await notifier.notify(notice, { signal })) as NoticeReport | undefined;
      return { at: clock.now(), failures: report?.failures ?? [] };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { at: clock.now(), failures: [{ sink: 'notifier', why }] };
    }
  });

/** Describes the book. Without ports it can be replayed, and tells nobody. */
export function alertsChild(ports?: AlertsPorts): ChildSpec {
  const logic = ports
    ? alertsMachine.provide({
        actors: { alert: alertMachine.provide({ actors: { notify: notifyActor(ports) } }) },
      })
    : alertsMachine;
  return child({
    id: 'alerts',
    logic,
    // An alert that is open stays open, whatever crashes.
    memory: 'snapshot',
    settings: '/alerts',
    effects: { notify: 'retry' },
    input: ({ settings, path }: ChildScope) => ({ settings: settings as AlertsSettings, path }),
  });
}

/** What operators and hosts do with alerts. */
export class Alerts {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #send: (event: AlertsEvent) => void;
  readonly #context: () => AlertsContext | undefined;

  constructor(options: {
    readonly clock: Pick<Clock, 'now'>;
    readonly send: (event: AlertsEvent) => void;
    readonly context: () => AlertsContext | undefined;
  }) {
    this.#clock = options.clock;
    this.#send = options.send;
    this.#context = options.context;
  }

  /** Open alerts and the newest resolved ones, in the order in which they were first raised. */
  list(): readonly AlertRow[] {
    return this.#context()?.rows ?? [];
  }

  /**
   * Notes that somebody has taken an alert on; it is not escalated any more.
   *
   * @throws {TypeError} when it is not said who.
   * @throws {RangeError} when no alert of this id is open.
   */
  acknowledge(id: string, { by }: { readonly by: string }): void {
    checkText('by', by);
    const row = this.list().find((alert) => alert.id === id);
    if (!row || row.state === 'resolved') {
      throw new RangeError(`No open alert has the id '${id}': alerts.list() shows them.`);
    }
    this.#send({ type: 'ACKNOWLEDGE', at: this.#clock.now(), id, by });
  }

  /**
   * Raises an alert, or counts a repeat of one.
   *
   * @throws {TypeError} when key or text is empty.
   * @throws {RangeError} when there is no such severity.
   */
  raise({ path = '', ...alert }: Omit<Raise, 'type' | 'at' | 'path'> & { path?: string }): void {
    checkText('key', alert.key);
    checkText('text', alert.text);
    if (!severities.includes(alert.severity)) {
      const all = severities.join(', ');
      throw new RangeError(`There is no severity '${alert.severity}', only ${all}.`);
    }
    this.#send({ type: 'RAISE', at: this.#clock.now(), ...alert, path });
  }

  /** Ends the alert of a key; harmless when none is open. */
  resolve(key: string): void {
    this.#send({ type: 'RESOLVE', at: this.#clock.now(), key });
  }
}
