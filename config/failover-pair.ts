/** Settings of a failover pair: when a side counts as dead, when to switch, and when to return. */
import { z } from 'zod';
import { count, milliseconds, ratio } from './units.ts';

const backoffSchema = z
  .strictObject({
    minMs: milliseconds(1).default(1_000).describe('Wait after the first failed switch.'),
    factor: z.number().min(1).max(100).default(2).describe('Growth with each further one.'),
    maxMs: milliseconds(1).default(60_000).describe('The wait never grows beyond. From `minMs`.'),
    jitterRatio: ratio()
      .default(0.1)
      .describe('Largest share by which a wait is shortened, drawn from the seed.'),
  })
  .refine(({ minMs, maxMs }) => minMs <= maxMs, {
    path: ['maxMs'],
    message: 'must not be below minMs',
  });

const flapSchema = z.strictObject({
  switchCountMax: count(1, 1_000)
    .default(4)
    .describe('Switches without an order within `periodMs`; one more suspends the pair.'),
  periodMs: milliseconds(1).default(600_000).describe('The sliding period of `switchCountMax`.'),
});

export const failoverSettingsSchema = z
  .strictObject({
    policy: z
      .enum(['automatic', 'manual', 'preferPrimary', 'sticky'])
      .default('automatic')
      .describe(
        '`manual` moves on order only. The others leave a dead side by themselves. `sticky` ' +
          'stays where it is then; `preferPrimary` returns each time the primary was stable for ' +
          '`stableMs`; `automatic` returns too, and waits longer the more it has switched lately.',
      ),
    heartbeatMs: milliseconds(1).default(1_000).describe('Time between two looks at a side.'),
    checkTimeoutMs: milliseconds(1)
      .default(800)
      .describe('A look without an outcome for this long is a missed heartbeat.'),
    missedCountMax: count(1, 1_000)
      .default(3)
      .describe('Heartbeats missed in a row after which a side is dead.'),
    leaseMs: milliseconds(1)
      .default(3_000)
      .describe(
        'The active role belongs to its holder for this long after each renewal, one in ' +
          '`heartbeatMs`. At least two heartbeats.',
      ),
    syncEveryMs: milliseconds(1)
      .default(1_000)
      .describe('Time between two copies of the state from the active side to the other.'),
    lagMaxMs: milliseconds(1)
      .default(5_000)
      .describe(
        'A side is not switched to, unless told, when the other one lived on for longer than ' +
          'this after the newest copy of its state.',
      ),
    switchTimeoutMs: milliseconds(1)
      .default(10_000)
      .describe('Limit of each step of a switch: standing down, the lease, activation.'),
    handOverMs: milliseconds(1)
      .default(10_000)
      .describe('For this long the other host may take the role that was handed to it.'),
    stableMs: milliseconds(1)
      .default(60_000)
      .describe('Heartbeats without a miss for this long, before a return to the primary.'),
    stableMaxMs: milliseconds(1)
      .default(3_600_000)
      .describe('With `automatic` that time doubles with each recent switch, up to this.'),
    backoff: backoffSchema.prefault({}).describe('How long to wait after failed switches.'),
    flap: flapSchema.prefault({}).describe('When switches are too many.'),
    suspendMs: milliseconds()
      .default(0)
      .describe('A suspended pair resumes by itself after this; 0: on order only.'),
    reportEveryMs: milliseconds(1)
      .default(10_000)
      .describe('Heartbeats that tell nothing new write one entry in this time.'),
  })
  .check(({ value, issues }) => {
    const refuse = (path: string, input: number, message: string) =>
      issues.push({ code: 'custom', input, path: [path], message: `${message}, got ${input}.` });
    const { heartbeatMs, leaseMs, lagMaxMs, syncEveryMs } = value;
    if (leaseMs < 2 * heartbeatMs) {
      refuse('leaseMs', leaseMs, `Must be at least two heartbeats (${2 * heartbeatMs} ms)`);
    }
    const agedMs = syncEveryMs + heartbeatMs + value.checkTimeoutMs;
    if (lagMaxMs < agedMs) {
      refuse('lagMaxMs', lagMaxMs, `No copy would be new enough: must be at least ${agedMs} ms`);
    }
    if (value.switchTimeoutMs < 2 * leaseMs) {
      const message = `No lease could run out in time: must be at least ${2 * leaseMs} ms`;
      refuse('switchTimeoutMs', value.switchTimeoutMs, message);
    }
    if (value.stableMaxMs < value.stableMs) {
      refuse('stableMaxMs', value.stableMaxMs, 'Must not be below stableMs');
    }
  })
  .describe('A failover pair.');

/** Complete settings. */
export type FailoverSettings = z.output<typeof failoverSettingsSchema>;

/** What a user may write: everything is optional. */
export type FailoverSettingsInput = z.input<typeof failoverSettingsSchema>;
