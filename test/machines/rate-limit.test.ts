import { rateLimitSettingsSchema } from '../../config/protect.ts';
import { rateLimitMachine } from '../../machines/rate-limit.ts';
import { heldCallsTests } from '../support/held-calls.ts';

heldCallsTests('a rate limit', {
  machine: rateLimitMachine,
  settings: rateLimitSettingsSchema.parse({}),
  other: rateLimitSettingsSchema.parse({ quietMs: 7 }),
  held: 'limited',
  begin: 'rateLimit.limited',
  end: 'rateLimit.relieved',
});
