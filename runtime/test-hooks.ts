/** What tests hook into the turn loop: guards that a live system can do without. */
import { freeze } from './engine/freeze.ts';
import type { EngineHooks } from './engine/hooks.ts';
import type { RuntimeOptions } from './options.ts';
import { nameable } from './snapshot/names.ts';

type TestHooks = Pick<EngineHooks, 'around' | 'freeze' | 'nameable'>;

export const testHooks = (options: Pick<RuntimeOptions, keyof TestHooks>): TestHooks => ({
  ...(options.around ? { around: options.around } : {}),
  ...(options.freeze ? { freeze } : {}),
  ...(options.nameable ? { nameable } : {}),
});
