/** An operator at the page: a breaker trips, and everything that can be asked and done about it. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import {
  findings,
  give,
  inFullRuns,
  openBrowser,
  pageWorld,
  replayedSeq,
  shoot,
  visit,
} from '../../../support/page-world.ts';

const it = inFullRuns();
const breaker = '/paper/broker/breaker';
const feedBreaker = '/paper/feed/breaker';
const minute = { timeout: 60_000 };

/** Slow enough to see a breaker open: its minute lasts half a second. */
const speed = 120;

/** Writes down each state that the drawing shows as active. */
const watchStates = (page: Page) =>
  page.evaluate(() => {
    const { document, MutationObserver } = globalThis as never as Record<string, never> & {
      document: { querySelector(name: string): { getAttribute(name: string): string } | null };
      MutationObserver: new (look: () => void) => { observe(node: unknown, how: object): void };
    };
    const states: string[] = [];
    const look = () => {
      const state = document.querySelector('.drawing .st.on.leaf')?.getAttribute('data-id');
      if (state && states.at(-1) !== state) states.push(state);
    };
    (globalThis as { states?: string[] }).states = states;
    new MutationObserver(look).observe(document, {
      ...{ subtree: true, childList: true, attributes: true },
    });
  });
const statesSeen = (page: Page) =>
  page.evaluate(() => (globalThis as { states?: string[] }).states ?? []);

describe('an operator at the page', () => {
  let browser: Browser;
  let world: Awaited<ReturnType<typeof pageWorld>>;
  const snapshot = (path: string) => JSON.stringify(world.runtime.snapshot(path)?.value);

  beforeAll(async () => {
    world = await pageWorld(speed);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  it('follows a breaker as it opens, probes and closes, and reads why', async () => {
    const { page, seen, close } = await visit(browser, world, { place: `&actor=${breaker}` });
    await page.waitForSelector('.drawing .st.on.leaf', minute);
    await watchStates(page);
    const after = { closed: 0, open: 0, halfOpen: 0 };
    await expect
      .poll(async () => {
        const names = (await statesSeen(page)).map((id) => id.split('.').at(-1)!);
        after.open = names.indexOf('open');
        after.halfOpen = names.indexOf('halfOpen', after.open);
        after.closed = names.indexOf('closed', after.halfOpen);
        return after.open >= 0 && after.halfOpen > after.open && after.closed > after.halfOpen;
      }, minute)
      .toBe(true);
    await shoot(page, 'chart');
    await page.keyboard.press('5');
    const row = page.locator('.card-row', { hasText: breaker });
    const why = row.getByRole('button', { name: /^Why, at seq/ });
    await why.waitFor(minute);
    await shoot(page, 'breakers');
    await why.click();
    await page.locator('.story h2', { hasText: /^breaker: .*→ open/ }).waitFor(minute);
    await page.locator('.story .judged').first().waitFor();
    await shoot(page, 'story');
    await page.keyboard.press('1');
    await page.locator('.drawing .st.on[data-id="circuitBreaker.open"]').waitFor(minute);
    await page.locator('.ed.hot').first().waitFor(minute);
    await shoot(page, 'past');
    await replayedSeq(page, world);
    expect(seen).toEqual({ errors: [], foreign: [] });
    await close();
  }, 180_000);

  it('takes an alert on', async () => {
    const { page, seen, close } = await visit(browser, world);
    await page.keyboard.press('o');
    const mine = () => world.runtime.alerts.list().some((one) => one.acknowledgedBy === 'dana');
    // An alert may be resolved while somebody writes their name: then there is another one.
    await expect
      .poll(async () => {
        await page.locator('.bell .n').waitFor(minute);
        if ((await page.locator('.pop.alerts').count()) === 0) await page.locator('.bell').click();
        const button = page.getByRole('button', { name: 'Acknowledge' }).first();
        const name = page.locator('.pop.alerts').getByLabel('Your name');
        await name.fill('dana', { timeout: 2_000 }).catch(() => {});
        await button.click({ timeout: 2_000 }).catch(() => {});
        return mine();
      }, minute)
      .toBe(true);
    await shoot(page, 'alerts');
    expect(seen.foreign).toEqual([]);
    await close();
  }, 90_000);

  it('forces a breaker open and releases it, and sends an event', async () => {
    const { page, seen, close } = await visit(browser, world, { place: `&actor=${feedBreaker}` });
    await page.keyboard.press('o');
    await give(page, 'Force open');
    expect(snapshot(feedBreaker)).toContain('isolated');
    await page.locator('.head .chip', { hasText: 'isolated' }).waitFor();
    await give(page, 'Release');
    expect(snapshot(feedBreaker)).toContain('closed');
    await page.getByRole('button', { name: 'Send METRICS_ONLY…' }).click();
    const form = page.locator('form', { hasText: 'Send METRICS_ONLY' });
    await form.getByLabel('Fields of the event as JSON').fill('[1]');
    await form.getByLabel('Your name').fill('dana');
    await form.getByLabel('Reason').fill('to watch it only');
    const send = form.getByRole('button', { name: 'Send METRICS_ONLY', exact: true });
    await send.click();
    await form.getByText('Fields of an event are an object').waitFor();
    await shoot(page, 'send');
    await form.getByLabel('Fields of the event as JSON').fill('{ "note": "a test" }');
    await send.click();
    await expect.poll(() => snapshot(feedBreaker)).toContain('metricsOnly');
    await form.waitFor({ state: 'detached' });
    await page.locator('.fx', { hasText: 'METRICS_ONLY' }).getByRole('button').waitFor();
    await give(page, 'Enable');
    expect(seen).toEqual({ errors: [], foreign: [] });
    await close();
  }, 60_000);

  it('sees how the run went up to now, and nothing that axe-core would mind', async () => {
    const { page, seen, close } = await visit(browser, world, { place: '&tab=overview' });
    await page.locator('.plot[aria-label], .plot svg[aria-label="Price"]').first().waitFor(minute);
    const until = async () => (await page.locator('.times .muted').textContent()) ?? '';
    const before = await until();
    await expect.poll(until, minute).not.toBe(before);
    const box = (await page.locator('svg[aria-label="Price"]').boundingBox())!;
    const line = (await page.locator('svg[aria-label="Price"] .pl-line').boundingBox())!;
    expect(line.x + line.width).toBeGreaterThan(box.x + box.width - 3);
    await shoot(page, 'overview');
    expect(await findings(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot(page, 'overview-phone');
    expect(seen).toEqual({ errors: [], foreign: [] });
    await close();
  }, 120_000);
});
