/**
 * Turns what zod found into sentences: what is wrong, what is allowed, and what was probably meant.
 */
import type { z } from 'zod';
import type { SettingIssue } from '../../actors/errors.ts';
import { allowedWords } from './allowed.ts';
import { type Source, sourceOf } from './layer.ts';
import { nearest } from './nearest.ts';
import { isSecretName, redact, redactedText } from './redact.ts';
import { childOf, discriminatorOf, keysOf, lookUp, own, unwrap, variantsOf } from './schema.ts';

export interface Explained {
  readonly schema: z.ZodType;
  /** What was checked. */
  readonly value: unknown;
  readonly sources: ReadonlyMap<string, Source>;
}

/** One sentence for each problem, in the order of the settings. */
export const explainIssues = (
  issues: readonly z.core.$ZodIssue[],
  explained: Explained,
): readonly SettingIssue[] => issues.flatMap((issue) => explainIssue(issue, explained));

function explainIssue(issue: z.core.$ZodIssue, explained: Explained): readonly SettingIssue[] {
  const steps = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) =>
      say([...steps, key], unknownWords(steps, key, explained), explained),
    );
  }
  if (issue.code === 'custom' || issue.code === 'invalid_format') {
    return [say(steps, ruleWords(issue.message, steps, explained), explained)];
  }
  if (issue.code === 'invalid_key') {
    return [
      say(steps, 'is a name that is not allowed here: a name has 1 to 128 characters.', explained),
    ];
  }
  const { schema, value } = lookUp(explained.schema, explained.value, steps);
  const allowed = isDiscriminator(issue)
    ? choices(steps, explained)
    : schema && allowedWords(schema);
  const what = value === undefined ? 'is missing' : `is ${show(value, steps)}`;
  return [say(steps, `${what}: allowed is ${allowed ?? issue.message}.`, explained)];
}

const isDiscriminator = (issue: z.core.$ZodIssue): boolean =>
  issue.code === 'invalid_union' && 'discriminator' in issue;

function choices(steps: readonly string[], explained: Explained): string {
  const { schema } = lookUp(explained.schema, explained.value, steps.slice(0, -1));
  const names = schema ? variantsOf(unwrap(schema).core).map(({ name }) => `"${name}"`) : [];
  return `one of ${names.join(', ')}`;
}

/** A rule's own words, with the value in front unless they say it. */
function ruleWords(message: string, steps: readonly string[], explained: Explained): string {
  const { schema, value } = lookUp(explained.schema, explained.value, steps);
  const rule =
    message.startsWith('Invalid') && schema ? `allowed is ${allowedWords(schema)}` : message;
  const words = `${rule.charAt(0).toLowerCase()}${rule.slice(1)}`.replace(/\.$/, '');
  const isSaid = words.includes(', got') || typeof value === 'object' || value === undefined;
  return isSaid ? `${words}.` : `is ${show(value, steps)}: ${words}.`;
}

function say(steps: readonly string[], message: string, explained: Explained): SettingIssue {
  const { value } = lookUp(explained.schema, explained.value, steps);
  const shown = steps.some(isSecretName) && value !== undefined ? redactedText : redact(value);
  return { path: steps.join('.'), ...sourceOf(explained.sources, steps), value: shown, message };
}

/** A value as somebody wrote it, shortened. */
function show(value: unknown, steps: readonly string[]): string {
  if (steps.some(isSecretName)) return redactedText;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return 'a function';
  const text = JSON.stringify(redact(value)) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function unknownWords(steps: readonly string[], key: string, explained: Explained): string {
  const group = lookUp(explained.schema, explained.value, steps);
  const known = group.schema ? (keysOf(group.schema, group.value) ?? []) : [];
  const meant = nearest(key, known);
  const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean '${meant}'?`;
  const owner = group.schema && ownerOf(group.schema, group.value, key);
  return owner ? `${owner} ${sentence(hint)}` : `is no setting: ${sentence(hint)}`;
}

const sentence = (words: string): string => (words.endsWith('?') ? words : `${words}.`);

/** A setting of another variant, as `durationMs` of a window of kind `count`. */
function ownerOf(schema: z.ZodType, value: unknown, key: string): string | undefined {
  const { core } = unwrap(schema);
  const tag = discriminatorOf(core);
  const owners = variantsOf(core).filter((variant) => childOf(variant.schema, key) !== undefined);
  if (tag === undefined || owners.length === 0) return undefined;
  const names = owners.map(({ name }) => `'${name}'`).join(' or ');
  return `belongs to ${tag} ${names}, and ${tag} is '${String(own(value, tag))}':`;
}
