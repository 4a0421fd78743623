/** The page in a real browser, over a live paper run. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { treeOfJournal } from '../../../../runtime/cli/journal-tree.ts';
import { replayJournal } from '../../../../runtime/replay/replay.ts';
import { needsChromium, openBrowser, pageWorld, watched } from '../../../support/page-world.ts';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const it = needsChromium();

/** What axe-core finds, serious and worse, as `rule: elements`. */
async function findings(page: Page): Promise<readonly string[]> {
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
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes
            .map(({ html }) => html)
            .join(' | ')
            .slice(0, 400)}`,
      );
  });
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

  const opened = async (place = '', role: 'viewer' | 'operator' = 'operator') => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const seen = watched(page, world.url);
    await page.goto(world.link(role, place));
    await page.waitForSelector('.tree .node');
    return { page, seen, close: () => context.close() };
  };

  it('shows the tree, draws a chart, asks no other host and writes no error', async () => {
    const { page, seen, close } = await opened('&actor=/paper/broker/breaker');
    await page.waitForSelector('.drawing .st.on.leaf');
    expect(await page.locator('.node').count()).toBeGreaterThan(20);
    expect(page.url()).not.toContain('token');
    expect(seen).toEqual({ errors: [], foreign: [] });
    await close();
  });

  it('goes back in time: the digest there is that of a replay up to it', async () => {
    const { page, seen, close } = await opened();
    await page.waitForSelector('.er.turn');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('.mode.past');
    await page.locator('.digest:not([data-digest=""])').waitFor();
    const digest = await page.locator('.digest').getAttribute('data-digest');
    const text = (await page.locator('.clock').textContent()) ?? '';
    const until = Number(/seq ([\d,]+)/.exec(text)?.[1]?.replaceAll(',', ''));
    await world.runtime.flush();
    const result = await replayJournal(world.journal, { tree: treeOfJournal, until });
    expect(result.digest).toBe(digest);
    await page.keyboard.press('l');
    await page.waitForSelector('.mode.live');
    expect(seen.errors).toEqual([]);
    await close();
  });

  it('forces a breaker open and releases it, with who and why in the journal', async () => {
    const path = '/paper/feed/breaker';
    const { page, seen, close } = await opened(`&actor=${path}`);
    const give = async (label: string) => {
      await page.getByRole('button', { name: label, exact: true }).click();
      await page.getByLabel('Your name').fill('dana');
      await page.getByLabel('Reason').fill('a test of the page');
      await page.getByRole('button', { name: `Confirm: ${label}` }).click();
      await page.locator('.toast.on', { hasText: `${label}: written` }).waitFor();
    };
    expect(await page.getByRole('button', { name: 'Force open' }).isDisabled()).toBe(true);
    await page.keyboard.press('o');
    await give('Force open');
    expect(JSON.stringify(world.runtime.snapshot(path)?.value)).toContain('isolated');
    await page.locator('.head .chip', { hasText: 'isolated' }).waitFor();
    await give('Release');
    expect(JSON.stringify(world.runtime.snapshot(path)?.value)).not.toContain('isolated');
    expect(seen.errors).toEqual([]);
    await close();
  });

  it('lets a viewer look, and give no orders', async () => {
    const { page, close } = await opened('&actor=/paper/feed/breaker', 'viewer');
    await page.keyboard.press('o');
    expect(await page.getByRole('button', { name: 'Force open' }).isDisabled()).toBe(true);
    await close();
  });

  it('says why a turn happened', async () => {
    const { page, close } = await opened('&tab=story');
    await page.waitForSelector('.chain li.cur');
    expect(await page.locator('.story h2').textContent()).not.toBe('');
    await close();
  });

  it('has no serious finding of axe-core in any view, dark or light', async () => {
    const { page, close } = await opened('&theme=dark');
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.waitForSelector('.er');
    for (const [key, view] of ['.canvas', '.seqwrap', '.story', '.over'].entries()) {
      if (key === 2) await page.keyboard.press('t');
      await page.keyboard.press(String(key + 1));
      await page.waitForSelector(view);
      expect(await findings(page)).toEqual([]);
    }
    await close();
  });

  it('shows one panel at a time on a phone, and never scrolls sideways', async () => {
    const { page, close } = await opened();
    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of ['Tree', 'Watch', 'Actor', 'Journal']) {
      await page.getByRole('button', { name, exact: true }).click();
      const width = await page.evaluate<number>('document.documentElement.scrollWidth');
      expect(width).toBeLessThanOrEqual(390);
    }
    await close();
  });

  it('asks for the token where it has none, and says that one was refused', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(world.url);
    await page.getByLabel('Token').fill('x'.repeat(40));
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('did not let this page in').waitFor();
    await context.close();
  });
});
