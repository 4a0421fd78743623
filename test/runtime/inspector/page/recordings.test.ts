/** Recorded journals in the page, in a real browser: chosen beside a run, dropped without one. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { httpSettingsSchema } from '../../../../config/http.ts';
import { treeOfJournal } from '../../../../runtime/cli/journal-tree.ts';
import { inspectRoutes } from '../../../../runtime/http/routes/inspect.ts';
import { ofRecordings, recordingRoutes } from '../../../../runtime/http/routes/recordings.ts';
import { Recordings } from '../../../../runtime/inspector/recordings.ts';
import { servePageOver } from '../../../../runtime/inspector/serve.ts';
import { replayJournal } from '../../../../runtime/replay/replay.ts';
import { doorTree } from '../../../support/live.ts';
import { needs } from '../../../support/needs.ts';
import { needsChromium, openBrowser, pageWorld, watched } from '../../../support/page-world.ts';
import { privateFolder, recordedDoor } from '../../../support/recorded.ts';

const isFull = process.env['KINTSUGI_RUNS'] === 'full';
const it = isFull ? needsChromium() : needs('full runs', false, 'KINTSUGI_RUNS is not full');

/** Drops what lies at a path of this machine, as a person does it. */
async function drop(page: Page, path: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
}

/** A server without a run, as `kintsugi inspect` opens it. */
async function emptyServer() {
  const recordings = new Recordings({ bytesMax: 1 << 24, tree: () => doorTree() });
  const server = await servePageOver({
    settings: httpSettingsSchema.parse({ port: 0 }),
    recordings,
    routes: [...ofRecordings(inspectRoutes, recordings), ...recordingRoutes(recordings)],
  });
  onTestFinished(() => server.close());
  return { server, recordings };
}

describe('recorded journals in the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    if (isFull) browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  const opened = async (link: string) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const seen = watched(page, new URL(link).origin);
    await page.goto(link);
    return { page, seen };
  };

  it('are chosen beside a live run, marked, and closed on the way back', async () => {
    const world = await pageWorld();
    onTestFinished(() => world.close());
    const { page, seen } = await opened(world.link('operator'));
    await page.waitForSelector('.mode.live');
    await page.waitForSelector('.er.turn');
    await world.runtime.flush();
    const copy = join(privateFolder(), 'copy');
    cpSync(world.journal, copy, { recursive: true });
    rmSync(join(copy, 'lock'));
    const replayed = await replayJournal(copy, { tree: treeOfJournal });
    await page.keyboard.press('Control+k');
    await page.getByLabel('Command', { exact: true }).fill('recorded journal');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Open a recorded journal' }).waitFor();
    await page.getByLabel('Folder of a journal').setInputFiles(copy);
    await page.locator('.mode', { hasText: 'RECORDED' }).waitFor();
    await page.locator(`.digest[data-digest="${replayed.digest}"]`).waitFor();
    await page.waitForSelector('.er.turn');
    await page.keyboard.press('ArrowLeft');
    await page.locator(`.digest:not([data-digest="${replayed.digest}"])`).waitFor();
    await page.reload();
    await page.locator('.mode', { hasText: 'RECORDED' }).waitFor();
    await page.getByRole('button', { name: 'Close the recording' }).click();
    await page.waitForSelector('.mode.live');
    const headers = { authorization: `Bearer ${world.runtime.http!.tokens.viewer}` };
    const left = await fetch(`${world.url}/api/recordings`, { headers });
    expect(await left.json()).toEqual([]);
    expect(seen).toEqual({ errors: [], foreign: [] });
  });

  it('are dropped where there is no run; a damaged one says so', async () => {
    const { server, recordings } = await emptyServer();
    const { dir, digest } = await recordedDoor();
    const damaged = join(privateFolder(), 'damaged');
    cpSync(dir, damaged, { recursive: true });
    const segment = join(damaged, 'segment-000001.ndjson');
    writeFileSync(segment, readFileSync(segment, 'utf8').replace('"OPEN"', '"SHUT"'));
    const { page } = await opened(`${server.url}/#token=${server.tokens.operator}`);
    await page.getByRole('heading', { name: 'Open a recorded journal' }).waitFor();
    await drop(page, damaged);
    await page.getByRole('alert').filter({ hasText: 'damaged: segment-000001' }).waitFor();
    await drop(page, dir);
    await page.locator('.mode', { hasText: 'RECORDED' }).waitFor();
    await page.locator(`.digest[data-digest="${digest}"]`).waitFor();
    await recordings.close(recordings.list().find(({ state }) => state === 'open')!.id);
    await page.getByRole('heading', { name: 'not here any more' }).waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByText('Drop the folder of a journal').waitFor();
  });
});
