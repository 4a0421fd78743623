/** Tickets and rows of tensor jobs, with everything that a test does not care about filled in. */
import type { AllocationSettingsInput } from '../../config/allocation.ts';
import { settingsSchema } from '../../config/settings.ts';
import type { TensorSettingsInput } from '../../config/tensor.ts';
import { poolSettingsOf, type TensorPoolSettings } from '../../machines/policies/tensor-shares.ts';
import type { TensorRow, TensorTicket } from '../../machines/policies/tensor-ticket.ts';

export const ticket = (id: string, over: Partial<TensorTicket> = {}): TensorTicket => ({
  id,
  op: 'matmul',
  of: null,
  dtype: 'f32',
  bytes: 100,
  flopsCount: 1_000,
  work: 'analytics',
  priority: 0,
  wish: { device: 'cpu', isRequired: false },
  isRepeatable: true,
  dueMs: 0,
  ...over,
});

export const row = (
  id: string,
  over: Partial<TensorTicket> = {},
  more: Partial<TensorRow> = {},
): TensorRow => ({
  ticket: ticket(id, over),
  order: 0,
  attemptCount: 0,
  gpuRefusal: null,
  ...more,
});

export const tensorSettings = (
  tensor: TensorSettingsInput = {},
  allocation: AllocationSettingsInput = {},
): TensorPoolSettings => poolSettingsOf(settingsSchema.parse({ tensor, allocation }));

/** Wishes by name, as a user would say them. */
export const wishes = {
  cpu: { device: 'cpu', isRequired: false },
  gpu: { device: 'gpu', isRequired: false },
  onlyGpu: { device: 'gpu', isRequired: true },
} as const;
