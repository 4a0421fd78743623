/** The page in a real browser, over a live paper run. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import {
  findings,
  give,
  inFullRuns,
  needsChromium,
  openBrowser,
  pageWorld,
  replayedSeq,
  visit,
} from '../../../support/page-world.ts';

const it = needsChromium();
const inFull = inFullRuns();

/** From each of the first rows down to the next one, pixels. */
async function stepsOf(page: Page, row: string): Promise<readonly number[]> {
  const tops = await page.locator(row).evaluateAll((all) =>
    (all as unknown as { getBoundingClientRect(): { top: number } }[])
      .map((one) => one.getBoundingClientRect().top)
      .sort((a, b) => a - b)
      .slice(0, 3),
  );
  return [tops[1]! - tops[0]!, tops[2]! - tops[1]!];
}

describe('the page', () => {
  let browser: Browser;
  let world: Awaited<ReturnType<typeof pageWorld>>;

  beforeAll(async () => {
    world = await pageWorld();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  const opened = (place = '', role: 'viewer' | 'operator' = 'operator') =>
    visit(browser, world, { place, role });

  it('shows the tree, draws a chart, asks no other host and writes no error', async () => {
    const { page, seen, close } = await opened('&actor=/paper/broker/breaker');
    await page.waitForSelector('.drawing .st.on.leaf');
    await page.waitForSelector('.er');
    expect(await page.locator('.node').count()).toBeGreaterThan(20);
    expect(page.url()).not.toContain('token');
    await expect.poll(() => stepsOf(page, '.er')).toEqual([22, 22]);
    await expect.poll(() => stepsOf(page, '.node')).toEqual([25, 25]);
    expect(seen).toEqual({ errors: [], foreign: [] });
    await close();
  });

  inFull('goes back in time: the digest there is that of a replay up to it', async () => {
    const { page, seen, close } = await opened();
    await page.waitForSelector('.er.turn');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('.mode.past');
    await replayedSeq(page, world);
    await page.keyboard.press('l');
    await page.waitForSelector('.mode.live');
    expect(seen.errors).toEqual([]);
    await close();
  });

  it('forces a breaker open and releases it, with who and why in the journal', async () => {
    const path = '/paper/feed/breaker';
    const { page, seen, close } = await opened(`&actor=${path}`);
    expect(await page.getByRole('button', { name: 'Force open' }).isDisabled()).toBe(true);
    await page.keyboard.press('o');
    await give(page, 'Force open');
    expect(JSON.stringify(world.runtime.snapshot(path)?.value)).toContain('isolated');
    await page.locator('.head .chip', { hasText: 'isolated' }).waitFor();
    await give(page, 'Release');
    expect(JSON.stringify(world.runtime.snapshot(path)?.value)).not.toContain('isolated');
    expect(seen.errors).toEqual([]);
    await close();
  });

  inFull('lets a viewer look, and give no orders', async () => {
    const { page, close } = await opened('&actor=/paper/feed/breaker', 'viewer');
    await page.keyboard.press('o');
    expect(await page.getByRole('button', { name: 'Force open' }).isDisabled()).toBe(true);
    await close();
  });

  inFull('says why a turn happened', async () => {
    const { page, close } = await opened('&tab=story');
    await page.waitForSelector('.chain li.cur');
    expect(await page.locator('.story h2').textContent()).not.toBe('');
    await close();
  });

  inFull(
    'shows a place far from the newest entries with its list and its reasons',
    async () => {
      // More entries than are loaded at first.
      await vi.waitFor(() => expect(world.runtime.seq).toBeGreaterThan(900), 90_000);
      const { page, seen, close } = await opened('&tab=story&seq=40');
      await page.locator('.er[data-seq="40"][aria-current="true"]').waitFor();
      await page.waitForSelector('.chain li.cur');
      expect(await replayedSeq(page, world)).toBe(40);
      await page.keyboard.press('l');
      await page.waitForSelector('.mode.live');
      const newest = world.runtime.seq;
      const shown = page.locator('.er').first();
      const newestShown = async () => Number(await shown.getAttribute('data-seq'));
      await expect.poll(newestShown, { timeout: 20_000 }).toBeGreaterThanOrEqual(newest);
      expect(seen).toEqual({ errors: [], foreign: [] });
      await close();
    },
    180_000,
  );

  inFull('has no serious finding of axe-core in any view, dark or light', async () => {
    const { page, close } = await opened('&theme=dark');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.waitForSelector('.er');
    const views = ['.canvas', '.seqwrap', '.story', '.over', '.card-row', '.over'];
    for (const [key, view] of views.entries()) {
      if (key === 2 || key === 5) await page.keyboard.press('t');
      await page.keyboard.press(String(key + 1));
      await page.waitForSelector(view);
      expect(await findings(page)).toEqual([]);
    }
    await close();
  });

  inFull('shows one panel at a time on a phone, and never scrolls sideways', async () => {
    const { page, close } = await opened();
    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of ['Tree', 'Watch', 'Actor', 'Journal']) {
      await page.getByRole('button', { name, exact: true }).click();
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(390);
    }
    await close();
  });

  inFull('asks for the token where it has none, and says that one was refused', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(world.url);
    await page.getByLabel('Token').fill('x'.repeat(40));
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('did not let this page in').waitFor();
    await context.close();
  });
});
