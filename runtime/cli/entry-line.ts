/** An entry as one line for people. */
import type { JournalEntry } from '../export/entry.ts';
import { typeOf } from '../export/entry.ts';
import type { Json } from '../journal/format.ts';

/** Reasons can be long; the entry itself has all of it. */
const partLengthMax = 160;

/** `time  seq  actor  event -> new states; facts; effects asked for; ends; dead letters`. */
export function entryLine(entry: JournalEntry): string {
  const { at, seq, path, type } = entry;
  const parts = outcomes(entry).map((part) => shortened(part));
  const did = parts.length > 0 ? ` -> ${parts.join('; ')}` : '';
  return plain(`${at}  ${seq}  ${path || 'runtime'}  ${type}${did}`);
}

function outcomes(entry: JournalEntry): readonly string[] {
  const name = (path: string): string =>
    entry.path !== '' && path.startsWith(`${entry.path}/`)
      ? path.slice(entry.path.length + 1)
      : path;
  const states = entry.changed.flatMap(({ path, to }) => {
    if (to === undefined) return [];
    return path === entry.path ? [stateText(to)] : [`${name(path)} ${stateText(to)}`];
  });
  return [
    ...states,
    ...entry.down.map(({ path, why }) => `${name(path)} went down: ${why}`),
    ...entry.facts.map((fact) => `fact ${typeOf(fact) ?? JSON.stringify(fact)}`),
    ...entry.effects.map(({ port }) => `asks ${port}`),
    ...entry.dead.map(({ path, type, why }) => `dead letter ${type} to ${name(path)}: ${why}`),
    ...entry.timers.map(({ path, id, policy }) => `timer ${id} of ${name(path)}: ${policy}`),
  ];
}

/** A state value, or the status of what is no machine. */
function stateText(to: Json): string {
  if (typeof to === 'string') return to;
  const status = (to as { readonly status?: Json } | null)?.status;
  return typeof status === 'string' ? status : JSON.stringify(to);
}

const shortened = (text: string): string =>
  text.length > partLengthMax ? `${text.slice(0, partLengthMax - 1)}…` : text;

/** Names come from hosts: nothing in them may steer a terminal or begin a line. */
const plain = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
