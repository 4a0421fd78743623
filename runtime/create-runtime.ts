/** Builds a runtime from what a host gives. */

import { supervisor } from '../actors/child.ts';
import { ConfigInvalidError, KintsugiError } from '../actors/errors.ts';
import type { Settings } from '../config/settings.ts';
import { systemClock } from './clock/system.ts';
import { missingNames } from './engine/seam.ts';
import type { Journal } from './journal/journal.ts';
import { memoryJournal } from './journal/memory-log.ts';
import { fileJournal, headerOf } from './journal/open.ts';
import type { RuntimeOptions } from './options.ts';
import { RunLog } from './run-log.ts';
import { Runtime } from './runtime.ts';
import { loadSettings, settingsFrom } from './settings/load.ts';

/** The installed XState is not one that the runtime can host actors on. */
export class XStateUnsupportedError extends KintsugiError {
  readonly code = 'XSTATE_UNSUPPORTED';
  readonly retryable = false;
}

/**
 * Builds a runtime; `start()` runs it.
 *
 * @throws {ConfigInvalidError} when settings are not allowed, or when the seed is not the
 * journal's.
 * @throws {XStateUnsupportedError} when the installed XState lacks what the runtime hooks into.
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const missing = missingNames();
  if (missing.length > 0) {
    throw new XStateUnsupportedError(
      `The installed xstate lacks ${missing.join(', ')}: ` +
        'install the version that kintsugi asks for.',
    );
  }
  const wanted = await settingsOf(options);
  const journal = journalOf(options, wanted);
  const header = await headerOf(typeof options.journal === 'string' ? options.journal : journal);
  checkSeed(options.seed, header?.seed);
  const settings = header ? await settingsFrom(header.settings) : wanted;
  const tree = options.tree ?? supervisor({ id: 'app', children: [] });
  const seed = header?.seed ?? options.seed ?? 1;
  const clock = options.clock ?? systemClock();
  const isContinued = header !== undefined;
  const resolved = { ...options, tree, clock, settings, wanted, isContinued };
  return new Runtime(resolved, journal, seed);
}

async function settingsOf({ settings, environment, http }: RuntimeOptions): Promise<Settings> {
  const file = typeof settings === 'string' ? { file: settings } : {};
  const given = typeof settings === 'object' ? settings : {};
  const doors = typeof http === 'object' ? { http: { ...given.http, ...http } } : {};
  const options = { ...given, ...doors };
  const loaded = await loadSettings({ ...file, options, environment: environment ?? {} } as never);
  return loaded.settings;
}

function journalOf({ journal: given, logger }: RuntimeOptions, settings: Settings): Journal {
  if (given === undefined) return memoryJournal(settings.journal);
  if (typeof given !== 'string') return given;
  const log = new RunLog(logger);
  return fileJournal(given, settings.journal, {
    onRepair: (repair) => log.repaired(repair),
    onNewKey: (notice) => log.newKey(notice),
  });
}

function checkSeed(given: number | undefined, journaled: number | undefined): void {
  if (given === undefined || journaled === undefined || given === journaled) return;
  throw new ConfigInvalidError([
    {
      path: 'seed',
      value: given,
      message:
        `${given} is not the seed ${journaled} that the journal was begun with: ` +
        'leave the seed out, or choose another folder for the journal.',
    },
  ]);
}
