/** What an entry is, in words. */
import type { ChildOrder, Command, SettingsChange } from '../core.ts';
import { ACTION_FAILED, EFFECT_FAILED } from '../engine/adopt.ts';
import { errorText } from '../error-text.ts';
import type { InputLine, Json } from '../journal/format.ts';
import type { EntryView } from './explanation.ts';
import { shortened, textOf, timeText } from './values.ts';

export function entryView({ seq, at, kind, path, event, cause, ...rest }: InputLine): EntryView {
  return {
    seq,
    at,
    time: timeText(at),
    kind,
    path,
    event: shortened(event),
    ...(cause === undefined ? {} : { cause }),
    what: whatOf({ seq, at, kind, path, event, ...rest }),
  };
}

function whatOf({ kind, path, event, at }: InputLine): string {
  switch (kind) {
    case 'event':
      return `event ${eventText(event, at, ` to ${path}`)}`;
    case 'timer':
      return `timer of ${path}: ${timerWords(String(event))}`;
    case 'outcome':
      return outcomeText(path, event as unknown as OutcomeEvent);
    case 'settings':
      return settingsText(event as unknown as SettingsChange);
    case 'child':
      return `order to ${(event as unknown as ChildOrder).op} ${path}`;
    case 'command':
      return commandText(event as unknown as Command);
    case 'resume':
      return 'the process started again and took up the journal';
  }
}

/**
 * Type of an event, and what it carries; its time only when it is not `at`. `to` stands between
 * them.
 */
export function eventText(event: Json, at?: number, to = ''): string {
  const { type, ...carried } = event as { readonly type?: string; readonly at?: number };
  const { at: own, ...rest } = carried;
  const shown = own === at ? rest : carried;
  const text = Object.keys(shown).length > 0 ? ` ${textOf(shown, 90)}` : '';
  return `${eventName(type ?? '?')}${to}${text}`;
}

/** XState's own events by what they mean. */
export function eventName(type: string): string {
  const [, what, id] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(type) ?? [];
  if (what) return `${what === 'done' ? 'done' : 'error'} of '${id}'`;
  if (type === 'xstate.init') return 'start';
  if (type.startsWith('xstate.after.')) return timerWords(type);
  if (type === ACTION_FAILED) return 'failure of a function action';
  if (type === EFFECT_FAILED) return 'failure of the effect';
  return type;
}

/** As in `after 60000 of circuitBreaker.open`; names that users gave stay. */
export function timerWords(id: string): string {
  const [, delay, state] = /^xstate\.after\.([^.]+)\.(.+)$/.exec(id) ?? [];
  return delay ? `after ${delay} of ${state}` : id;
}

interface OutcomeEvent {
  readonly type: string;
  readonly data?: Json;
  readonly error?: Json;
}

function outcomeText(path: string, event: OutcomeEvent): string {
  const { type, data, error } = event;
  const failure = error ?? (type === 'xstate.promise.reject' ? data : undefined);
  if (type === ACTION_FAILED) return `function action of ${path} threw ${causeText(error)}`;
  if (failure !== undefined || type === EFFECT_FAILED) {
    return `outcome of ${path}: failed, ${causeText(failure)}`;
  }
  if (type === 'xstate.promise.resolve') return `outcome of ${path}: done, ${textOf(data ?? null)}`;
  if (type === 'xstate.observable.next') return `outcome of ${path}: ${textOf(data ?? null)}`;
  if (type === 'xstate.observable.complete') return `outcome of ${path}: complete`;
  return `outcome of ${path}: ${eventText(event as unknown as Json)}`;
}

/** Errors stand in the journal by name and message. */
function causeText(error: Json | undefined): string {
  const { $error } = (error ?? {}) as { readonly $error?: { name?: string; message?: string } };
  if (!$error) return errorText(error ?? 'no reason');
  const { name = 'Error', message = '' } = $error;
  return name === 'Error' ? message : `${name}: ${message}`;
}

function settingsText({ patch, by, why }: SettingsChange): string {
  const paths = patch.map(({ op, path }) => `${op} ${path}`).join(', ');
  return `settings changed by ${by}, ${why}: ${textOf(paths)}`;
}

function commandText(command: Command): string {
  if (command.command === 'start') return 'the tree was started';
  const when = command.at === 'now' ? 'now' : 'at its next event';
  return `crash of ${command.path} ordered, ${when}: ${command.why}`;
}
