/** What routes of orders share: who and why, and an answer that comes when the disk has it. */
import { z } from 'zod';
import type { Runtime } from '../../runtime.ts';
import { asked, Refusal } from '../problem.ts';

export const who = {
  by: z.string().trim().min(1).max(200).describe('Who orders it.'),
  why: z.string().trim().min(1).max(1_000).describe('The reason, for the journal.'),
};
export const order = z.strictObject(who);
export const expiring = z.strictObject({
  ...who,
  expiresAtMs: z.int().optional().describe('Logical time, ms. Default: until another order.'),
});
export const done = z.object({ seq: z.int().describe('Last entry of the journal after it.') });

export const posted = { method: 'POST', role: 'operator', reply: done } as const;

/** Does it, and answers when the disk has it. */
export async function ordered(runtime: Runtime, act: () => unknown) {
  await asked(act);
  await runtime.flush();
  return { seq: runtime.seq };
}

/** @throws {Refusal} 404 with the text, unless it holds. */
export function mustBe(holds: boolean, text: string): void {
  if (!holds) throw new Refusal(404, 'NOT_FOUND', text);
}

/** An order that fits what there is, and not its state. */
export const refusedNow = (text: string): Refusal => new Refusal(409, 'ORDER_REFUSED', text);
