/** The page over a live paper run, in a real browser. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { settingsSchema } from '../../config/settings.ts';
import { treeOfJournal } from '../../runtime/cli/journal-tree.ts';
import type { Role } from '../../runtime/http/tokens.ts';
import { runPaper } from '../../runtime/paper/host.ts';
import { replayJournal } from '../../runtime/replay/replay.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { needs, recordedData } from './needs.ts';

const browserFile = process.env.KINTSUGI_CHROMIUM ?? '/usr/bin/chromium';

export const needsChromium = () =>
  needs('Chromium', existsSync(browserFile), `there is no ${browserFile}`);

/** Most of what a browser does takes seconds: ordinary runs see one short visit. */
export const inFullRuns = () =>
  needs(
    'Chromium in full runs',
    existsSync(browserFile) && process.env['KINTSUGI_RUNS'] === 'full',
    `KINTSUGI_RUNS is not full, or there is no ${browserFile}`,
    { mayLackInCi: true },
  );

/** What people look at afterwards. */
const shotFolder = join(import.meta.dirname, '../../.page-shots');
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(shotFolder, { recursive: true });
  await page.screenshot({ path: join(shotFolder, `${name}.png`) });
}

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds, serious and worse, as `rule: elements`. */
export async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(await readFile(axeFile, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
      };
    };
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => {
        const elements = nodes.map(({ html }) => html).join(' | ');
        return `${id}: ${elements.slice(0, 400)}`;
      });
  });
}

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

/** A page at a place, with what it did wrong. */
export async function visit(
  browser: Browser,
  world: Awaited<ReturnType<typeof pageWorld>>,
  { place = '', role = 'operator' as Role } = {},
) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const seen = watched(page, world.url);
  await page.goto(world.link(role, place));
  await page.waitForSelector('.tree .node');
  return { page, seen, close: () => context.close() };
}

/** The turn after which the page shows everything, and that a replay up to it comes to the same. */
export async function replayedSeq(
  page: Page,
  { runtime, journal }: Awaited<ReturnType<typeof pageWorld>>,
): Promise<number> {
  await page.locator('.digest:not([data-digest=""])').waitFor();
  const digest = await page.locator('.digest').getAttribute('data-digest');
  const text = (await page.locator('.clock').textContent()) ?? '';
  const until = Number(/seq ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', ''));
  await runtime.flush();
  const replay = await replayJournal(journal, { tree: treeOfJournal, until });
  expect(replay.digest).toBe(digest);
  return until;
}

/** Orders by one of the buttons of a breaker, as dana. */
export async function give(page: Page, label: string): Promise<void> {
  await page.getByRole('button', { name: label, exact: true }).first().click();
  const form = page.locator('form', { hasText: `Confirm: ${label}` });
  await form.getByLabel('Your name').fill('dana');
  await form.getByLabel('Reason').fill('a test of the page');
  await form.getByRole('button', { name: `Confirm: ${label}` }).click();
  await page.locator('.toast.on', { hasText: `${label}: written` }).waitFor();
}

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
