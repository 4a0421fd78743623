import { bulkheadSettingsSchema } from '../../config/protect.ts';
import { bulkheadMachine } from '../../machines/bulkhead.ts';
import { heldCallsTests } from '../support/held-calls.ts';

heldCallsTests('a bulkhead', {
  machine: bulkheadMachine,
  settings: bulkheadSettingsSchema.parse({}),
  other: bulkheadSettingsSchema.parse({ quietMs: 7 }),
  held: 'saturated',
  begin: 'bulkhead.saturated',
  end: 'bulkhead.relieved',
});
