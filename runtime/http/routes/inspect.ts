/**
 * What the page asks for, live or recorded: charts, entries, moments, reasons. The live stream
 * answers the same. Secrets are left out, and long values are cut.
 */
import { z } from 'zod';
import { inputKinds } from '../../export/filter.ts';
import {
  chartViewSchema,
  detailSchema,
  differenceSchema,
  type EntryQuery,
  entryPageSchema,
  type HistoryQuery,
  headSchema,
  historySchema,
  messagesSchema,
  momentSchema,
  runSchema,
} from '../../inspector/protocol.ts';
import { route } from '../route.ts';

const seq = () => z.coerce.number().int();
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

const entryQuery = z.strictObject({
  order: z.enum(['newest', 'oldest']).default('newest').describe('Which come first.'),
  limit: z.coerce.number().int().min(1).max(500).default(100).describe('Entries of a page.'),
  from: seq().min(1).optional().describe('First seq.'),
  until: seq().min(1).optional().describe('Last seq.'),
  since: time().optional(),
  before: time().optional(),
  actor: z.string().max(1_000).optional().describe('Its path; `/a/*`: with all below.'),
  type: list('Types of entries or facts, with commas between.').optional(),
  kind: list(`Kinds, with commas between: ${inputKinds.join(', ')}.`)
    .pipe(z.array(z.enum(inputKinds)))
    .optional(),
});

function queryOf({ since, before, type, kind, ...same }: z.output<typeof entryQuery>): EntryQuery {
  const renamed = { sinceMs: since, beforeMs: before, types: type, kinds: kind };
  return given({ ...same, ...renamed }) as EntryQuery;
}

const historyQuery = z.strictObject({
  from: seq().min(1).optional().describe('First seq. Default 1.'),
  until: seq().min(1).optional().describe('Last seq. Default: the last entry.'),
  fields: list('Numbers of contexts, as `/paper/account.equity`, with commas between.')
    .transform((names) => names.map(fieldOf))
    .optional(),
  states: list('Paths of those whose states are wanted, with commas between.').optional(),
  facts: list('Types of facts, with commas between.').optional(),
});

function fieldOf(text: string): { path: string; name: string } {
  const at = text.lastIndexOf('.');
  return { path: text.slice(0, Math.max(0, at)), name: text.slice(at + 1) };
}

/** What was not asked for is left out. */
const given = <T extends object>(query: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined),
  ) as Partial<T>;

const about = z.object({
  mode: z.enum(['live', 'recorded']),
  run: runSchema,
  head: headSchema,
  hasMachines: z.boolean().describe('False: recorded turns only, nothing can be replayed.'),
});
const brief = z.object({
  id: z.string(),
  hash: z.string().describe('SHA-256 of the chart.'),
  description: z.string().optional(),
  stateCount: z.int(),
});

const anyPath = z.strictObject({ '*': z.string().max(1_000) });
const oneSeq = z.strictObject({ seq: seq().min(0) });

const read = { method: 'GET', role: 'viewer' } as const;

export const inspectRoutes = [
  route({
    ...{ ...read, url: '/api/run', tag: 'journal', reply: about },
    summary: 'Which run this is, and where its journal ends',
    handle: ({ source }) => {
      const { mode, run, hasMachines } = source;
      return { mode, run, head: source.head(), hasMachines };
    },
  }),
  route({
    ...{ ...read, url: '/api/machines', tag: 'machines', reply: z.array(brief) },
    summary: 'Every state chart: of the tree, and of this program',
    handle: ({ source }) =>
      source.machines().map((id) => {
        const { hash, chart } = source.chart(id);
        const { description, nodes } = chart;
        const text = description === undefined ? {} : { description };
        return { id, hash, ...text, stateCount: nodes.length - 1 };
      }),
  }),
  route({
    ...{ ...read, url: '/api/chart/:id', tag: 'machines', reply: chartViewSchema },
    summary: 'One state chart: states and transitions',
    params: z.strictObject({ id: z.string().min(1).max(200) }),
    handle: ({ source, params }) => source.chart(params.id),
  }),
  route({
    ...{ ...read, url: '/api/entries', tag: 'journal', query: entryQuery, reply: entryPageSchema },
    summary: 'Entries of the journal with what they did',
    description:
      'A page is short of its limit where few entries pass the filter. `next` is what the next ' +
      'page is asked for with: as `until` where the newest come first, else as `from`.',
    handle: ({ source, query }) => source.entries(queryOf(query)),
  }),
  route({
    ...{ ...read, url: '/api/explain/:seq', tag: 'journal', reply: z.record(z.string(), z.json()) },
    summary: 'Why an entry did what it did, by replay',
    params: z.strictObject({ seq: seq().min(1) }),
    handle: ({ source, params }) => source.explain(params.seq),
  }),
  route({
    ...{ ...read, url: '/api/moment/:seq', tag: 'past', reply: momentSchema },
    summary: 'The tree after an entry, by replay; 0: before the first',
    params: oneSeq,
    handle: ({ source, params }) => source.moment(params.seq),
  }),
  route({
    ...{ ...read, url: '/api/detail/*', tag: 'past', reply: detailSchema },
    summary: 'One actor: context, timers, events that it can take, effects it waits for',
    params: anyPath,
    query: z.strictObject({ seq: seq().min(0).optional().describe('After it; absent: now.') }),
    handle: ({ source, params, query }) => source.detail(`/${params['*']}`, query.seq ?? 'now'),
  }),
  route({
    ...{ ...read, url: '/api/difference/*', tag: 'past', reply: differenceSchema },
    summary: 'What an entry changed in one actor, by replay',
    params: anyPath,
    query: z.strictObject({ seq: seq().min(1) }),
    handle: ({ source, params, query }) => source.difference(`/${params['*']}`, query.seq),
  }),
  route({
    ...{ ...read, url: '/api/messages', tag: 'past', reply: messagesSchema },
    summary: 'Who sent what to whom, by replay; of at most 200 entries',
    query: z.strictObject({ from: seq().min(1), until: seq().min(1) }),
    handle: ({ source, query }) => source.messages(query.from, query.until),
  }),
  route({
    ...{ ...read, url: '/api/history', tag: 'journal', query: historyQuery, reply: historySchema },
    summary: 'Numbers, states and facts along the journal, thinned out',
    handle: ({ source, query }) => source.history(given(query) as HistoryQuery),
  }),
];
