/** Settings of the allocation: which kind of work may use how much of what there is. */
import { z } from 'zod';
import { ratio } from './units.ts';

/** Kinds of work, the dearest first. */
export const workKinds = ['trading', 'analytics', 'background'] as const;

export type WorkKind = (typeof workKinds)[number];

/** Shares of three kinds of work that add up to 1. */
const sharesSchema = (trading: number, analytics: number, background: number) =>
  z
    .strictObject({
      trading: ratio().default(trading).describe('For orders and what they wait for.'),
      analytics: ratio().default(analytics).describe('For analysis that trading can do without.'),
      background: ratio().default(background).describe('For everything that can wait.'),
    })
    .check(({ value, issues }) => {
      const sum = value.trading + value.analytics + value.background;
      if (Math.abs(sum - 1) < 1e-6) return;
      issues.push({
        code: 'custom',
        input: value,
        path: [],
        message: `shares must add up to 1, got ${sum}.`,
      });
    });

export const allocationSettingsSchema = z
  .strictObject({
    workerRatio: ratio(0.05, 1)
      .default(1)
      .describe('Share of the workers that may run at the same time; one always may.'),
    workers: sharesSchema(0.5, 0.3, 0.2)
      .prefault({})
      .describe('Shares of the workers; what a kind does not use is lent to the others.'),
    queues: sharesSchema(0.5, 0.3, 0.2)
      .prefault({})
      .describe('Shares of the places to wait in; what is lent is given back when it is wanted.'),
  })
  .describe('Allocation: hosts and worker pools read how much each kind of work may use.');

/** Complete settings. */
export type AllocationSettings = z.output<typeof allocationSettingsSchema>;

/** What a user may write: everything is optional. */
export type AllocationSettingsInput = z.input<typeof allocationSettingsSchema>;
