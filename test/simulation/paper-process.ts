/** The paper host in a process that may be killed at any moment. */
import { type SettingsInput, settingsSchema } from '../../config/settings.ts';
import { runPaper } from '../../runtime/paper/host.ts';
import type { RunReport } from '../../runtime/paper/report.ts';
import { type Acknowledged, acknowledge } from './acknowledge.ts';
import { orderOf, say } from './child-process.ts';

export interface PaperOrder {
  readonly feed: string;
  readonly journal: string;
  readonly seed: number;
  readonly settings: SettingsInput;
  /** Pause between two flushes, ms. */
  readonly flushEveryMs: number;
}

export type PaperMessage =
  | Acknowledged
  /** It has loaded its program; it runs, from this seq on; it is at the end of the feed. */
  | { readonly at: 'loaded' | 'feedEnd' }
  | { readonly at: 'running'; readonly seq: number }
  | { readonly at: 'end'; readonly report: RunReport };

const { feed, journal, seed, settings, flushEveryMs } = orderOf<PaperOrder>();
say({ at: 'loaded' });
const report = await runPaper({
  settings: settingsSchema.parse(settings),
  feed,
  journal,
  seed,
  speed: 'max',
  onStart: (runtime) => {
    say({ at: 'running', seq: runtime.seq });
    void acknowledge(runtime, flushEveryMs);
  },
  onFeedEnd: () => {
    say({ at: 'feedEnd' });
    return undefined;
  },
});
say({ at: 'end', report });
