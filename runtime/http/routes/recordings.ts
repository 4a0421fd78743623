/**
 * Recorded journals that are uploaded to be looked at beside the run. They change nothing of the
 * run, so that they are no entries of its journal; they take the disk, so that operators give them.
 */
import { z } from 'zod';
import { headSchema, runSchema } from '../../inspector/protocol.ts';
import type { RecordedSource } from '../../inspector/recorded-source.ts';
import type { Recordings } from '../../inspector/recordings.ts';
import { Refusal } from '../problem.ts';
import { type Route, route } from '../route.ts';

/** Of one piece of a file; a file comes in as many as it takes. */
const pieceBytesMax = 4_194_304;
const id = z.string().max(100).describe('Of the recording.');
const oneRecording = z.strictObject({ id });
const state = z.enum(['filling', 'opening', 'open', 'failed']);

const tag = 'recordings';
const operator = { role: 'operator', tag } as const;

/** @param waitMs time that an answer waits for a recording to be open: some take long. */
export const recordingRoutes = (recordings: Recordings, waitMs = 2_000): readonly Route[] => [
  route({
    ...{ method: 'GET', url: '/api/recordings', role: 'viewer', tag },
    summary: 'Recorded journals that were uploaded, the oldest first',
    reply: z.array(z.object({ id, state, bytes: z.int() })),
    handle: () => recordings.list(),
  }),
  route({
    ...{ ...operator, method: 'POST', url: '/api/recordings' },
    summary: 'Begins a recording; where there are two, the oldest that nobody looks at goes',
    reply: z.object({ id }),
    handle: async () => ({ id: await recordings.begin() }),
  }),
  route({
    ...{ ...operator, method: 'PUT', url: '/api/recordings/:id/:name' },
    summary: 'Adds a piece to the end of a file of a recording',
    description: `At most ${pieceBytesMax} bytes at a time, and 'http.recordingBytesMax' in all.`,
    params: oneRecording.extend({ name: z.string().max(200).describe('As in a journal folder.') }),
    query: z.strictObject({
      offset: z.coerce.number().int().min(0).default(0).describe('Where it begins, bytes.'),
    }),
    body: z.instanceof(Uint8Array),
    bodyBytesMax: pieceBytesMax,
    reply: z.object({ bytes: z.int().describe('That the file has now.') }),
    handle: async ({ params, query, body }) => ({
      bytes: await recordings.put(params.id, params.name, query.offset, body),
    }),
  }),
  route({
    ...{ ...operator, method: 'POST', url: '/api/recordings/:id/open' },
    summary: 'Opens a recording; asked again while it says `opening`',
    params: oneRecording,
    reply: z.object({
      state,
      run: runSchema.optional(),
      head: headSchema.optional(),
      hasMachines: z.boolean().optional(),
      note: z.string().optional().describe('What cannot be shown or known of it, and why.'),
    }),
    handle: async ({ params, signal }) => {
      const source = await within(recordings.open(params.id), waitMs, signal);
      if (!source) return { state: 'opening' };
      const note = recordings.note(params.id);
      const { run, hasMachines } = source;
      return { state: 'open', run, head: source.head(), hasMachines, ...(note && { note }) };
    },
  }),
  route({
    ...{ ...operator, method: 'DELETE', url: '/api/recordings/:id' },
    summary: 'Closes a recording and removes its files',
    params: oneRecording,
    reply: z.object({ id }),
    handle: async ({ params }) => {
      await recordings.close(params.id);
      return params;
    },
  }),
];

/** What comes in time; undefined: not yet. */
async function within(opening: Promise<RecordedSource>, waitMs: number, signal: AbortSignal) {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const end = () => resolve(undefined);
  const timer = setTimeout(end, waitMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([opening, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}

/** Routes about a run, which answer about a recording as well where they are asked for one. */
export const ofRecordings = (routes: readonly Route[], recordings: Recordings): readonly Route[] =>
  routes.map((one) => {
    const query = (one.query ?? z.strictObject({})) as z.ZodObject;
    const recording = id.optional().describe('Asks about a recording. Default: about the run.');
    return {
      ...one,
      query: query.extend({ recording }),
      handle: (asked) => {
        const { recording, ...rest } = asked.query as { readonly recording?: string };
        const source = recording === undefined ? asked.source : recordings.source(recording);
        if (!source) throw new Refusal(404, 'NO_RUN', 'No run is served here: name a recording.');
        return one.handle({ ...asked, source, query: rest });
      },
    };
  });
