/** What happened in a turn, line by line, as people read it. */
import { eventName, eventText } from './entry-words.ts';
import type { Judgement } from './evidence.ts';
import type { Explanation, Happening, TakenTransition } from './explanation.ts';
import type { Evaluation } from './guards.ts';
import { moveText, stateText, textOf } from './values.ts';

type Of<K extends Happening['kind']> = Extract<Happening, { kind: K }>;

/** Lines of one turn; messages that others led to stand further in. */
export function happenedLines({ entry, happened, happenedLeftOut }: Explanation): string[] {
  const lines: string[] = [];
  let speaker = '';
  for (const [index, happening] of happened.entries()) {
    const indent = '  '.repeat(Math.min(happening.depth, 8));
    const who = happening.actor === speaker ? '' : `${happening.actor}: `;
    speaker = happening.actor;
    const [first = '', ...rest] = linesOf(happening, index === 0, entry.at);
    lines.push(`${indent}${happening.kind === 'message' ? '' : who}${first}`);
    lines.push(...rest.map((line) => `${indent}  ${line}`));
  }
  if (happenedLeftOut > 0) lines.push(`and ${happenedLeftOut} more, left out`);
  return lines;
}

function linesOf(happening: Happening, isFirst: boolean, at: number): string[] {
  switch (happening.kind) {
    case 'message':
      return [messageText(happening, isFirst, at)];
    case 'guard':
      return [guardText(happening)];
    case 'step':
      return stepLines(happening);
    case 'started':
      return [`starts as ${happening.machine} in ${stateText(happening.to)}`];
    case 'ended':
      return [`ends: ${happening.how}${happening.why ? `, ${happening.why}` : ''}`];
    case 'action':
      return [`asks for function action ${happening.action}`];
    case 'fact':
      return [`fact ${eventText(happening.fact, at)}`];
  }
}

function messageText({ from, actor, event }: Of<'message'>, isFirst: boolean, at: number): string {
  const outside = isFirst ? 'outside' : 'runtime';
  const sender = from === undefined ? outside : from === '' ? 'runtime' : from;
  const to = from === actor ? 'itself' : actor;
  return `${sender} -> ${to}: ${eventText(event, at)}`;
}

function guardText({ state, place, taken, ...evaluation }: Of<'guard'>): string {
  const where = place === undefined ? 'in an action' : `${state} ${place}`;
  const verdict = place === undefined ? '' : taken ? ', taken' : ', not taken';
  return `guard ${evaluationText(evaluation)} (${where})${verdict}`;
}

/** As in `and(a, b) is false: a is true, b is false`. */
export function evaluationText({ guard, params, value, threw, parts }: Evaluation): string {
  const given = params === undefined ? '' : ` ${textOf(params, 60)}`;
  const verdict = threw === undefined ? `is ${value}` : `threw ${threw}`;
  const inner = parts.map(evaluationText).join(', ');
  return `${guard}${given} ${verdict}${inner ? `: ${inner}` : ''}`;
}

function stepLines({ on, from, to, transitions, undone, orders }: Of<'step'>): string[] {
  const back = undone ? ' (taken back by the crash)' : '';
  const event = eventName(on);
  if (transitions.length === 0) {
    const ending = JSON.stringify(from) === JSON.stringify(to) ? '' : `: ${stateText(to)}`;
    return [`no transition for ${event} in ${stateText(from ?? to)}${ending}${back}`];
  }
  const by = transitions.map((taken) => takenText(taken, on)).filter((text) => text !== '');
  const how = by.length > 0 ? ` by ${by.join(' and ')}` : '';
  const lines = [`${moveText(from, to)} on ${event}${how}${back}`];
  if (orders) lines.push(`orders: ${ordersText(orders as unknown as readonly Order[])}`);
  return lines;
}

/** Where the transition stands when that is not plain from the event, and its guard. */
function takenText({ source, place, guard }: TakenTransition, on: string): string {
  const isPlain = place === `on.${on}` || place.startsWith('after.');
  const where = isPlain ? '' : `${source} ${place}`;
  return [where, guard === undefined ? '' : `[${guard}]`].filter(Boolean).join(' ');
}

interface Order {
  readonly order: string;
  readonly ids?: readonly string[];
  readonly id?: string;
}

const ordersText = (orders: readonly Order[]): string =>
  orders.map(({ order, ids, id }) => [order, ...(ids ?? []), id ?? ''].join(' ').trim()).join('; ');

/** The decision, and whether its rules come to it again. */
export function judgementLines({ text, checks, agrees }: Judgement): string[] {
  const wrong = checks.filter(
    ({ expected, actual }) => JSON.stringify(expected) !== JSON.stringify(actual),
  );
  if (agrees) return [text, `evaluated again: agrees (${checks.length} checks)`];
  return [
    text,
    'evaluated again: DISAGREES',
    ...wrong.map(
      ({ what, expected, actual }) =>
        `  ${what}: the rules say ${textOf(expected)}, the journal ${textOf(actual)}`,
    ),
  ];
}
