/** Opens the control socket of a runtime. */
import type { Safety } from '../../actors/safety.ts';
import { errorText } from '../error-text.ts';
import type { Journal } from '../journal/journal.ts';
import type { ResolvedOptions } from '../options.ts';
import type { ControlServer } from './server.ts';

/** Undefined when the host wants none, when the journal is no folder, or when it cannot be had. */
export async function openControl(
  { control, journal: folder, logger }: ResolvedOptions,
  safety: Safety,
  journal: Journal,
): Promise<ControlServer | undefined> {
  if (control !== true || typeof folder !== 'string') return undefined;
  const { openControlServer } = await import('./server.ts');
  const { controlHandlers } = await import('./handlers.ts');
  try {
    return await openControlServer(
      folder,
      controlHandlers(safety, () => journal.flush()),
    );
  } catch (error) {
    // Trading without this way of stopping it is a choice of people: they are told.
    const text = 'no control socket, so `kintsugi emergency` does not reach this process';
    logger?.error({ why: errorText(error) }, `${text}: ${errorText(error)}`);
    return undefined;
  }
}
