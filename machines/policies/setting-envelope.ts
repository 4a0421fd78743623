/**
 * Settings as numbers by their JSON pointers, and how far each may be moved. Every move is a whole
 * number of steps from where the setting is, and ends inside its envelope.
 */
import type { SettingEnvelope } from '../../config/secr-resolver.ts';

/** By JSON pointer; `*` stands for one name. */
export type Envelopes = Readonly<Record<string, SettingEnvelope>>;

/** Numbers by JSON pointer. */
export type SettingValues = Readonly<Record<string, number>>;

/** Names that `*` may stand for, at most: a host with more keeps the rest to itself. */
const nameCountMax = 64;

const stepsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A name as a step of a pointer. */
export const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;

/** The pointers of an envelope's key: itself, or one for each name there is. */
function pointersOf(settings: unknown, key: string): readonly string[] {
  const place = key.indexOf('/*');
  if (place === -1) return [key];
  const group = stepsOf(key.slice(0, place)).reduce(own, settings);
  if (typeof group !== 'object' || group === null) return [];
  const names = Object.keys(group).sort().slice(0, nameCountMax);
  return names.map((name) => `${key.slice(0, place)}/${escaped(name)}${key.slice(place + 2)}`);
}

/** Every number that has an envelope, as it is now. */
export function settingValues(settings: unknown, envelopes: Envelopes): SettingValues {
  const found = Object.keys(envelopes)
    .sort()
    .flatMap((key) => pointersOf(settings, key))
    .map((pointer) => [pointer, stepsOf(pointer).reduce(own, settings)] as const)
    .filter((row): row is readonly [string, number] => Number.isFinite(row[1]));
  return Object.fromEntries(found);
}

/** Own envelopes come before built-in ones, exact pointers before those with `*`. */
export function envelopeOf(envelopes: Envelopes, pointer: string): SettingEnvelope | undefined {
  const exact = own(envelopes, pointer) as SettingEnvelope | undefined;
  if (exact) return exact;
  const steps = pointer.split('/');
  for (let i = 1; i < steps.length; i += 1) {
    const found = own(envelopes, steps.with(i, '*').join('/')) as SettingEnvelope | undefined;
    if (found) return found;
  }
  return undefined;
}

export const isInside = ({ min, max }: SettingEnvelope, value: number): boolean =>
  value >= min && value <= max;

/** Takes the noise of binary fractions off: 0.1 + 0.2 is 0.3. */
export const cleaned = (value: number): number => Number(value.toPrecision(12));

/** `count` steps from a value. */
export const stepped = (from: number, count: number, { step }: SettingEnvelope): number =>
  cleaned(from + count * step);

/**
 * The whole number of steps from `from` towards `to`, as far as the envelope goes. 0 for a value
 * that is outside already: somebody wanted that.
 */
export function stepsTowards(from: number, to: number, envelope: SettingEnvelope): number {
  const { min, max, step } = envelope;
  if (!isInside(envelope, from) || !Number.isFinite(to)) return 0;
  const wanted = Math.round(cleaned((to - from) / step));
  const lowest = Math.ceil(cleaned((min - from) / step));
  const highest = Math.floor(cleaned((max - from) / step));
  const count = Math.min(Math.max(wanted, lowest), highest);
  // No step at all is 0, and never -0, which JSON would not keep.
  return count === 0 ? 0 : count;
}

/**
 * A part of a move, in whole steps and towards `from`, but one step at least. Two settings that are
 * moved by the same amount are so by any part of it as well.
 */
export function partOfMove(
  from: number,
  to: number,
  partRatio: number,
  envelope: SettingEnvelope,
): number {
  const whole = cleaned((to - from) / envelope.step);
  const count = Math.trunc(cleaned(whole * partRatio));
  if (count !== 0) return stepped(from, count, envelope);
  return Math.abs(whole) <= 1 ? to : stepped(from, Math.sign(whole), envelope);
}
