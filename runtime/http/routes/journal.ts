/** What the journal holds, page by page, and why an entry did what it did. Secrets are left out. */
import { z } from 'zod';
import { explain } from '../../explain/explain.ts';
import type { JournalEntry } from '../../export/entry.ts';
import { inputKinds } from '../../export/filter.ts';
import { redact } from '../../settings/redact.ts';
import { Refusal } from '../problem.ts';
import { route } from '../route.ts';
import { pageOf } from './pages.ts';

const seq = () => z.coerce.number().int().min(1);
const time = () =>
  z
    .union([
      z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
      z.coerce.number(),
    ])
    .describe('Logical time: ISO 8601, or ms.');
const list = (text: string) =>
  z
    .string()
    .max(1_000)
    .transform((names) => names.split(','))
    .describe(text);

const query = z.strictObject({
  order: z.enum(['newest', 'oldest']).default('newest'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('Entries of a page.'),
  from: seq().optional().describe('First seq.'),
  until: seq().optional().describe('Last seq.'),
  since: time().optional(),
  before: time().optional(),
  actor: z.string().max(1_000).optional().describe('Its path; `/a/*`: with all below.'),
  type: list('Types of entries or facts, with commas between.').optional(),
  kind: list(`Kinds, with commas between: ${inputKinds.join(', ')}.`)
    .pipe(z.array(z.enum(inputKinds)))
    .optional(),
});
export type EntryQuery = z.output<typeof query>;

const row = z.looseObject({
  seq: z.int(),
  at: z.string(),
  atMs: z.number(),
  kind: z.enum(inputKinds),
  path: z.string(),
  type: z.string(),
  cause: z.int().nullable(),
});
const page = z.object({
  entries: z.array(row),
  next: z
    .object({ from: z.int().optional(), until: z.int().optional() })
    .nullable()
    .describe('What the next page is asked for with; null on the last one.'),
});

export interface EntryPage {
  readonly entries: readonly JournalEntry[];
  readonly next: { readonly from?: number; readonly until?: number } | null;
}

const read = { method: 'GET', role: 'viewer', tag: 'journal' } as const;

/** Replaying takes the whole processor: one at a time. */
let isExplaining = false;

export const journalRoutes = [
  route({
    ...{ ...read, url: '/api/entries', query, reply: page },
    summary: 'Entries of the journal with what they did',
    description: 'A page is short of its limit where few entries pass the filter.',
    handle: async ({ runtime, record, query: asked }): Promise<EntryPage> => {
      await runtime.flush();
      const { entries, next } = await pageOf(record.log, runtime.seq, asked);
      return { entries: redact(entries), next };
    },
  }),
  route({
    ...{ ...read, url: '/api/explain/:seq', reply: z.record(z.string(), z.json()) },
    summary: 'Why an entry did what it did, by replay',
    params: z.strictObject({ seq: seq() }),
    handle: async ({ runtime, record, params }) => {
      if (isExplaining) throw new Refusal(503, 'BUSY', 'Another entry is being explained.');
      isExplaining = true;
      try {
        await runtime.flush();
        const { log, tree, children } = record;
        const options = { tree, children: Object.fromEntries(children) };
        return redact(await explain(log, params, options));
      } finally {
        isExplaining = false;
      }
    },
  }),
];
