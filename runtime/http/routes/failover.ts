/** Failover pairs: who is active, and orders to move the role. */
import { z } from 'zod';
import { FAILOVER } from '../../../actors/failover-pair.ts';
import type { FailoverPair } from '../../failover/pair.ts';
import type { Runtime } from '../../runtime.ts';
import { pairsOf } from '../pairs.ts';
import { asked } from '../problem.ts';
import { route } from '../route.ts';
import { done, mustBe, order, ordered, posted, refusedNow, who } from './order.ts';

const side = z.enum(['primary', 'backup']);
const beats = z.object({
  passes: z.boolean().describe('Its newest look passed.'),
  missedCount: z.int().describe('Looks missed in a row.'),
  why: z.string().nullable(),
});

const pair = z.object({
  name: z.string(),
  state: z.enum(['primary', 'backup', 'switching', 'failingBack', 'suspended']),
  active: side.nullable().describe('Who acts; null while nobody is known to.'),
  isActive: z.boolean().describe('It is a side of this host, and its lease has not run out.'),
  epoch: z.int(),
  lagMs: z
    .number()
    .nullable()
    .optional()
    .describe('What a switch would lose at most; null before the first copy. Absent: nothing.'),
  policy: z.string(),
  sides: z.object({ primary: beats, backup: beats }),
  move: z
    .object({ from: side.nullable(), to: side, cause: z.string(), why: z.string() })
    .extend({ beganAtMs: z.number() })
    .nullable()
    .describe('The move that is under way.'),
  moveCount: z.int(),
  failureCount: z.int().describe('Moves that failed since the last one that did not.'),
  refusal: z.string().nullable().describe('Why it does not switch although it should.'),
  suspension: z
    .object({ by: z.string().nullable(), why: z.string(), untilMs: z.number().nullable() })
    .nullable()
    .describe('Why nothing moves by itself; `by` null: the pair suspended itself.'),
});

const params = z.strictObject({ name: z.string().min(1).max(200) });
const url = (action: string) => `/api/failover/:name/${action}`;
const tag = 'failover';

/** @throws {Refusal} when there is none of this name. */
function pairAt(runtime: Runtime, name: string): FailoverPair {
  const found = runtime.snapshot(`${FAILOVER}/${name}`);
  mustBe(found !== undefined, `There is no failover pair '${name}'.`);
  if (found!.status !== 'active') throw refusedNow(`The actor of pair '${name}' is down.`);
  return runtime.failover(name);
}

/**
 * Orders it. An order that is not followed is in the journal all the same.
 *
 * @throws {Refusal} when the pair says that it does not follow.
 */
async function told(runtime: Runtime, name: string, act: (pair: FailoverPair) => void) {
  const asking = pairAt(runtime, name);
  let refusal: unknown = null;
  const stop = runtime.on('failover.ordered', (fact) => {
    if (fact['name'] === name) refusal = fact['refusal'];
  });
  try {
    await asked(() => act(asking));
  } finally {
    stop();
  }
  const answer = await ordered(runtime, () => {});
  if (refusal !== null) throw refusedNow(`Pair '${name}' does not follow: ${refusal}.`);
  return answer;
}

export const failoverRoutes = [
  route({
    ...{ method: 'GET', role: 'viewer', url: '/api/failover', tag, reply: z.array(pair) },
    summary: 'Every failover pair of this host',
    handle: ({ runtime }) => pairsOf(runtime),
  }),
  route({
    ...{ ...posted, url: url('switch'), tag, params, reply: done },
    summary: 'Moves the role to a side',
    description: 'It has begun when this answers: `state` is `switching` or `failingBack` then.',
    body: z.strictObject({
      ...who,
      to: side,
      allowStale: z.boolean().default(false).describe('Although the copy of the state is old.'),
    }),
    handle: ({ runtime, params: { name }, body }) =>
      told(runtime, name, (one) => one.switchTo(body)),
  }),
  ...(['suspend', 'resume'] as const).map((action) =>
    route({
      ...{ ...posted, url: url(action), tag, params, body: order },
      summary: action === 'suspend' ? 'Lets nothing move by itself' : 'Ends a suspension',
      handle: ({ runtime, params: { name }, body }) =>
        told(runtime, name, (one) => one[action](body)),
    }),
  ),
];
