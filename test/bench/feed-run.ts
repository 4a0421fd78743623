/**
 * One run of the paper host for `feed.bench.ts`, in a process of its own: prints what it took.
 * Without a folder the journal is in memory.
 */
import { settingsSchema } from '../../config/settings.ts';
import { runPaper } from '../../runtime/paper/host.ts';

const [feed = '', journal = ''] = process.argv.slice(2);
const startedMs = performance.now();
const settings = settingsSchema.parse({});
const options = { settings, feed, seed: 7, speed: 'max' } as const;
const { bars, entries } = await runPaper(journal === '' ? options : { ...options, journal });
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  JSON.stringify({
    bars,
    entries,
    cpuMs: (userCPUTime + systemCPUTime) / 1_000,
    wallMs: performance.now() - startedMs,
    rssBytesMax: maxRSS * 1024,
  }),
);
