/** The page over a live paper run, in a real browser. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { settingsSchema } from '../../config/settings.ts';
import type { Role } from '../../runtime/http/tokens.ts';
import { runPaper } from '../../runtime/paper/host.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { needs, recordedData } from './needs.ts';

const browserFile = process.env.KINTSUGI_CHROMIUM ?? '/usr/bin/chromium';

export const needsChromium = () =>
  needs('Chromium', existsSync(browserFile), `there is no ${browserFile}`, { mayLackInCi: true });

/** An outage in each hour, so that a breaker trips while somebody looks. */
const settings = settingsSchema.parse({
  paper: {
    broker: { faults: { outageEveryMs: 3_600_000, outageDurationMs: 900_000 } },
  },
});

const feedFile = join(recordedData ?? '', 'market/btc-perp-1m-2022-01.csv');

/** A paper run that goes on until it is closed, and the doors of the page. */
export async function pageWorld(speed = 600) {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-page-'));
  const journal = join(folder, 'journal');
  const stop = new AbortController();
  const started = Promise.withResolvers<Runtime>();
  const feed = existsSync(feedFile) ? { feed: feedFile } : {};
  const run = runPaper({
    ...{ settings, speed, journal, seed: 7, signal: stop.signal, port: 0, ...feed },
    onStart: started.resolve,
  });
  run.catch(started.reject);
  const runtime = await started.promise;
  const { url, tokens } = runtime.http!;
  const close = async () => {
    stop.abort();
    await run;
    rmSync(folder, { recursive: true, force: true });
  };
  const link = (role: Role, place = '') => `${url}/#token=${tokens[role]}${place}`;
  return { runtime, journal, url, link, close };
}

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserFile, args: ['--no-sandbox', '--disable-gpu'] });

/** What a page did that it should not: errors it wrote, and requests to other hosts. */
export function watched(page: Page, own: string) {
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    const isOwn = url.startsWith(own) || url.startsWith(own.replace('http', 'ws'));
    if (!isOwn && !/^(?:data|blob):/.test(url)) foreign.push(url);
  });
  return { errors, foreign };
}
