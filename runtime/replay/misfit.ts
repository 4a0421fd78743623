/**
 * Entries that cannot mean here what they meant when they were written, each in its own words: the
 * difference of the records would only show what followed from it.
 */
import type { ChildOrder, Core } from '../core.ts';
import { kindOf } from '../engine/kinds.ts';
import type { InputLine } from '../journal/format.ts';
import { nearest } from '../settings/nearest.ts';
import type { Difference } from './divergence.ts';

export interface Misfit extends Difference {
  readonly problem: string;
  /** False when the runtime itself may have written such an entry, and nothing came of it. */
  readonly isCertain: boolean;
}

/** To be asked before the turn; undefined when the entry fits. */
export function misfitOf(core: Core, input: InputLine): Misfit | undefined {
  switch (input.kind) {
    case 'event':
      return actorMisfit(core, input);
    case 'outcome':
      return actorMisfit(core, input) ?? outcomeMisfit(core, input);
    case 'timer':
      return timerMisfit(core, input);
    case 'child':
      return parentMisfit(core, input);
    default:
      return undefined;
  }
}

function actorMisfit(core: Core, { path, event, kind }: InputLine): Misfit | undefined {
  if (core.engine.paths.at(path)) return undefined;
  const what = kind === 'event' ? `event ${(event as { type?: string }).type}` : 'outcome';
  const running = [...core.engine.paths.entries()].map(([at]) => at);
  const near = nearest(path, running);
  return {
    path,
    field: 'actor',
    expected: 'running',
    actual: undefined,
    problem:
      `Unknown actor: the journal has the ${what} for '${path}', and nobody runs there.` +
      (near ? ` Did it become '${near}'?` : ''),
    isCertain: true,
  };
}

function outcomeMisfit(core: Core, { path, event, cause }: InputLine): Misfit | undefined {
  const actor = core.engine.paths.at(path)!;
  const kind = kindOf(actor.logic);
  const { type = '' } = event as { type?: string };
  // A machine is told of its own function actions by an outcome.
  const isOwn = (kind === 'machine' || kind === 'pure') && !type.startsWith('xstate.');
  if (isOwn || core.engine.effects.causeOf(actor) !== undefined) return undefined;
  const since = cause === undefined ? '' : `, asked for at seq ${cause}`;
  return {
    path,
    field: 'effect',
    expected: cause === undefined ? 'asked for' : `asked for at seq ${cause}`,
    actual: undefined,
    problem:
      `The journal has an outcome${since}, but here '${path}' never asked for an effect` +
      `${kind === 'machine' ? ': it is a machine' : ''}.`,
    isCertain: true,
  };
}

function timerMisfit(core: Core, { path, event, cause }: InputLine): Misfit | undefined {
  const { engine } = core;
  const actor = engine.paths.at(path);
  const timers = actor ? engine.timers.of(actor) : [];
  if (timers.some(({ id }) => id === event)) return undefined;
  const others = timers.map(({ id }) => id);
  const set = others.length > 0 ? ` It has set: ${others.slice(0, 5).join(', ')}.` : '';
  const since = cause === undefined ? '' : `, set at seq ${cause}`;
  return {
    path,
    field: 'timer',
    expected: event,
    actual: undefined,
    problem: actor
      ? `In the journal the timer '${event}' fires${since}, but '${path}' has not set it.${set}`
      : `In the journal the timer '${event}'${since} fires for '${path}', and nobody runs there.`,
    isCertain: false,
  };
}

function parentMisfit(core: Core, { path, event }: InputLine): Misfit | undefined {
  const above = path.slice(0, path.lastIndexOf('/'));
  const isStart = (event as unknown as ChildOrder).op === 'start';
  if (!isStart || above === '' || core.tree.node(above)) return undefined;
  return {
    path,
    field: 'actor',
    expected: 'started',
    actual: undefined,
    problem: `The journal starts '${path}', but there is no supervisor at '${above}'.`,
    isCertain: false,
  };
}
