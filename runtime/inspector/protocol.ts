/**
 * The language between the server and the page, version 1: JSON over a WebSocket. Both sides take
 * its types from here; the server checks what it is sent by these schemas.
 *
 * The server sends `hello`, `tree`, then a `frame` for what happened; the client asks, with an id.
 */
import { z } from 'zod';
import type { Chart } from '../charts/chart.ts';
import type { Explanation } from '../explain/explanation.ts';
import type { Json } from '../journal/format.ts';

/** Version of the protocol. */
export const PROTOCOL = 1;

/** Subprotocol of the WebSocket; the token goes beside it, as `token.XXXX`. */
export const SUBPROTOCOL = 'kintsugi.1';

const json = () => z.json() as z.ZodType<Json, Json>;
const seq = () => z.int().min(0);
const path = () => z.string().max(1_000);
const atMs = () => z.number().describe('Logical time, ms.');

export const actorRowSchema = z.object({
  path: path(),
  kind: z.enum(['worker', 'supervisor']),
  machine: z.string().describe('Id of its machine; kind of logic for others.'),
  hash: z.string().optional().describe('SHA-256 of the chart; absent where there is none.'),
  status: z.enum(['active', 'done', 'error', 'stopped', 'down', 'idle']),
  value: json().optional().describe('State of a machine.'),
  tags: z.array(z.string()),
  restarts: z.int(),
  incarnation: z.int(),
  lastError: z.string().optional(),
  strategy: z.string().optional().describe('Of a supervisor.'),
  turnCount: z.int().optional().describe('Turns that changed it since somebody watches.'),
});
/** One actor, as the tree shows it. */
export type ActorRow = z.output<typeof actorRowSchema>;

export const changedRowSchema = actorRowSchema
  .omit({ kind: true, machine: true, hash: true, strategy: true })
  .partial({ status: true, tags: true, restarts: true, incarnation: true });
/** What differs from the row that was told before: laid over it. */
export type ChangedRow = z.output<typeof changedRowSchema>;

export const headSchema = z.object({ seq: seq(), at: atMs(), digest: z.string() });
/** Where a journal is: its last entry. */
export type Head = z.output<typeof headSchema>;

export const runSchema = z.object({
  id: z.string().describe('Name of the journal among all others.'),
  host: z.string().describe('Name of the builder of the tree.'),
  seed: z.number(),
  version: z.string().describe('Of this program.'),
});
export type RunView = z.output<typeof runSchema>;

export const briefEntrySchema = z.object({
  seq: seq(),
  at: atMs(),
  kind: z.enum(['event', 'timer', 'outcome', 'settings', 'child', 'command', 'resume']),
  path: path(),
  type: z.string(),
  cause: seq().optional(),
  facts: z.array(z.string()).describe('Types of what machines told.'),
  changed: z.array(z.string()).describe('Paths of those whose state changed.'),
});
/** An entry of the journal in one line. */
export type BriefEntry = z.output<typeof briefEntrySchema>;

export const momentSchema = headSchema.extend({ actors: z.array(actorRowSchema) });
/** The tree as it was after a turn. */
export type Moment = z.output<typeof momentSchema>;

export const chartViewSchema = z.object({
  hash: z.string().describe('SHA-256 of its definition: what a layout is kept by.'),
  chart: z.custom<Chart>((value) => typeof value === 'object' && value !== null),
});
export type ChartView = z.output<typeof chartViewSchema>;

export const detailSchema = z.object({
  path: path(),
  seq: seq().describe('The turn after which it was so.'),
  at: atMs(),
  context: json().optional().describe('Secrets left out, long parts cut.'),
  timers: z.array(
    z.object({ name: z.string(), event: z.string(), dueAtMs: z.number(), setBySeq: seq() }),
  ),
  events: z.array(
    z.object({
      type: z.string(),
      can: z.boolean().optional().describe('Absent when its guards need more than the type.'),
    }),
  ),
  effects: z.array(z.object({ path: path(), port: z.string(), id: z.string(), askedBySeq: seq() })),
});
/** What is known of one actor at one time. */
export type Detail = z.output<typeof detailSchema>;

export const differenceSchema = z.object({
  path: path(),
  seq: seq(),
  from: json().optional().describe('State before; absent when it did not change.'),
  to: json().optional(),
  fields: z.array(
    z.object({ name: z.string(), before: json().optional(), after: json().optional() }),
  ),
});
/** What a turn changed in one actor. */
export type Difference = z.output<typeof differenceSchema>;

export const messageSchema = z.object({
  seq: seq(),
  at: atMs(),
  from: z.string().optional().describe("Absent for the outside, '' for the runtime."),
  to: z.string(),
  type: z.string(),
  depth: z.int().describe('Messages that it is inside of.'),
});
export const messagesSchema = z.object({
  messages: z.array(messageSchema),
  leftOut: z.int().describe('Messages beyond the bound.'),
});
/** Who sent what to whom. */
export type Messages = z.output<typeof messagesSchema>;

export const entryRowSchema = briefEntrySchema.extend({
  event: json(),
  class: z.enum(['normal', 'safety']),
  changes: z.array(z.object({ path: path(), to: json().optional() }).loose()),
  told: z.array(json()).describe('The facts.'),
  down: z.array(z.object({ path: path(), why: z.string() })),
  effects: z.array(z.object({ id: z.string(), port: z.string() }).loose()),
  dead: z.array(z.object({ path: path(), type: z.string(), why: z.string() })),
});
export type EntryRow = z.output<typeof entryRowSchema>;

export const entryPageSchema = z.object({
  entries: z.array(entryRowSchema),
  next: seq().optional().describe('Where the next page begins; absent when there is none.'),
});
export type EntryPage = z.output<typeof entryPageSchema>;

const kinds = ['event', 'timer', 'outcome', 'settings', 'child', 'command', 'resume'] as const;

export const entryQuerySchema = z.strictObject({
  order: z.enum(['newest', 'oldest']).default('newest').describe('Which come first.'),
  from: z.int().min(1).optional().describe('First seq.'),
  until: z.int().min(1).optional().describe('Last seq.'),
  sinceMs: z.number().optional().describe('Logical time, ms.'),
  beforeMs: z.number().optional().describe('Logical time, ms.'),
  actor: path().optional().describe('Its path; `/a/*` is `/a` and all below it.'),
  types: z.array(z.string().max(200)).max(50).optional().describe('Of events or facts.'),
  kinds: z.array(z.enum(kinds)).optional(),
  limit: z.int().min(1).max(500).default(100).describe('Entries of a page.'),
});
export type EntryQuery = z.input<typeof entryQuerySchema>;

const field = z.strictObject({ path: path(), name: z.string().max(200) });
const names = () => z.array(z.string().max(1_000)).max(100).optional();

export const historyQuerySchema = z.strictObject({
  from: z.int().min(1).optional().describe('First seq. Default 1.'),
  until: z.int().min(1).optional().describe('Last seq. Default: the last entry.'),
  fields: z.array(field).max(50).optional().describe('Numbers of contexts.'),
  states: names().describe('Paths of those whose states are wanted.'),
  facts: names().describe('Types of facts.'),
});
export type HistoryQuery = z.input<typeof historyQuerySchema>;

const place = { seq: seq(), at: atMs(), path: path() };
export const historySchema = z.object({
  from: z.int().describe('The first seq that was read: of very long journals the end.'),
  until: z.int(),
  series: z.array(
    field.extend({ dots: z.array(z.tuple([seq(), atMs(), z.number()])) }).describe('Thinned out.'),
  ),
  changes: z.array(z.object({ ...place, to: json() })),
  marks: z.array(z.object({ ...place, type: z.string().describe("Of a fact, or 'down'.") })),
});
/** How a run went. */
export type History = z.output<typeof historySchema>;

const ask = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), id: z.int().min(0), ...shape });

export const askSchema = z.discriminatedUnion('type', [
  ask('detail', { path: path(), seq: seq().optional().describe('Absent: now.') }),
  ask('difference', { path: path(), seq: z.int().min(1) }),
  ask('moment', { seq: seq() }),
  ask('entries', { query: entryQuerySchema.optional() }),
  ask('explain', { seq: z.int().min(1) }),
  ask('chart', { machine: z.string().max(200) }),
  ask('messages', { from: z.int().min(1), until: z.int().min(1) }),
  ask('history', { query: historyQuerySchema }),
]);
/** What a client may send. */
export type Ask = z.input<typeof askSchema>;
export type AskType = Ask['type'];

/** What each ask is answered with. */
export interface Answers {
  readonly detail: Detail;
  readonly difference: Difference;
  readonly moment: Moment;
  readonly entries: EntryPage;
  readonly explain: Explanation;
  readonly chart: ChartView;
  readonly messages: Messages;
  readonly history: History;
}

const vitalsShape = {
  score: z.number().optional().describe('Health, 0 to 100; absent while nobody measures it.'),
  level: z.string().optional().describe('Of degradation.'),
  safety: z.string().optional(),
  tradingMode: z.string().optional(),
  forbidden: z.array(z.string()).describe('Capabilities that the posture forbids.'),
  alertCount: z.int().describe('Open ones.'),
};
export const vitalsSchema = z.object(vitalsShape);
export type Vitals = z.output<typeof vitalsSchema>;

export const frameSchema = headSchema.omit({ seq: true }).extend({
  type: z.literal('frame'),
  seqFrom: seq(),
  seqTo: seq(),
  actors: z
    .array(changedRowSchema)
    .describe('To be laid over the tree, at most 300; further ones come with the next frame.'),
  gone: z.array(z.string()).describe('Paths that are no more.'),
  entries: z.array(briefEntrySchema).describe('The newest of it, at most 100, oldest first.'),
  dropped: z.int().describe('Frames that this client was too slow for, before this one.'),
  rates: z.object({
    turnsPerSecond: z.number(),
    changesPerSecond: z.number(),
    inspectorRatio: z.number().describe('Share of the time that watching took.'),
  }),
  ...vitalsShape,
});
/** What happened since the frame before. */
export type Frame = z.output<typeof frameSchema>;

const problemShape = z.object({ code: z.string(), text: z.string() });

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.literal(PROTOCOL),
    mode: z.enum(['live', 'recorded']),
    role: z.enum(['viewer', 'operator', 'admin']),
    run: runSchema,
    head: headSchema,
    hasMachines: z.boolean().describe('False: recorded turns only, nothing can be replayed.'),
  }),
  z.object({ type: z.literal('tree'), actors: z.array(actorRowSchema) }),
  frameSchema,
  z.object({ type: z.literal('problem'), problem: problemShape }),
  z.object({ type: z.literal('answer'), id: z.int(), result: json() }),
  z.object({ type: z.literal('refused'), id: z.int(), problem: problemShape }),
]);
/** What the server may send. */
export type ServerMessage = z.output<typeof serverMessageSchema>;
