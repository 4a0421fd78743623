/** The page's side of watching: how long input waits in a real Chromium while a run goes by. */
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';

const browserFile = process.env.KINTSUGI_CHROMIUM ?? '/usr/bin/chromium';

/** Time between two inputs, ms: a hasty hand. */
const inputEveryMs = 90;

interface Seen {
  /** From the input to the first line of the page's code, ms. */
  readonly delays: readonly number[];
  /** How long each task of over 50 ms took. */
  readonly tasks: readonly number[];
}

export interface PageOptions {
  /** Address of the page with its token. */
  readonly link: string;
  /** Of a round. */
  readonly seconds: number;
  readonly roundCount: number;
  /** What there is to see, while the hand plays. */
  readonly round: () => Promise<unknown>;
}

/** Text of a table; a reason where this machine has no Chromium. */
export async function measurePage(options: PageOptions): Promise<string> {
  if (!existsSync(browserFile)) return `The page was not measured: there is no ${browserFile}.`;
  const args = ['--no-sandbox', '--disable-gpu'];
  const browser = await chromium.launch({ executablePath: browserFile, args });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.addInitScript(watchInput);
    await page.goto(options.link);
    await page.waitForSelector('.tree .node');
    await page.getByRole('treeitem').first().waitFor();
    // Laid out, and the first frames drawn.
    await sleep(1_000);
    await page.evaluate('globalThis.seen.delays.length = globalThis.seen.tasks.length = 0');
    let isOver = false;
    const run = async () => {
      for (let count = 0; count < options.roundCount; count++) await options.round();
    };
    const rounds = run().finally(() => {
      isOver = true;
    });
    const inputCount = await play(page, () => isOver);
    await rounds;
    const seconds = options.seconds * options.roundCount;
    return table(await page.evaluate<Seen>('globalThis.seen'), inputCount, seconds);
  } finally {
    await browser.close();
  }
}

/** In the page, before anything of it: the time that each input has waited. */
function watchInput(): void {
  const seen = { delays: [] as number[], tasks: [] as number[] };
  Object.assign(globalThis, { seen });
  const note = ({ timeStamp }: { readonly timeStamp: number }) => {
    seen.delays.push(performance.now() - timeStamp);
  };
  const target = globalThis as unknown as EventTarget;
  for (const type of ['pointerdown', 'keydown', 'wheel']) {
    target.addEventListener(type, note as never, { capture: true, passive: true });
  }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.tasks.push(duration);
  }).observe({ entryTypes: ['longtask' as never] });
}

/** Chooses actors, changes views, scrolls, until it is over. @returns inputs that were made. */
async function play(page: Page, isOver: () => boolean): Promise<number> {
  const moves: (() => Promise<void>)[] = [
    () => page.mouse.click(120, 300),
    () => page.keyboard.press('2'),
    () => page.mouse.wheel(0, 200),
    () => page.mouse.click(120, 420),
    () => page.keyboard.press('4'),
    () => page.mouse.click(120, 360),
    () => page.keyboard.press('1'),
  ];
  let count = 0;
  for (; !isOver(); count++) {
    const next = sleep(inputEveryMs);
    await moves[count % moves.length]!();
    await next;
  }
  return count;
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;

function table({ delays, tasks }: Seen, inputCount: number, seconds: number): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const sum = tasks.reduce((total, one) => total + one, 0);
  return [
    `The page in Chromium beside it, ${seconds} s, ${inputCount} inputs (clicks, keys, wheel):`,
    '',
    '| input delay, median | p95 | worst | tasks over 50 ms | their share | load of the machine |',
    '|---:|---:|---:|---:|---:|---:|',
    `| ${ms(quantile(delays, 0.5))} | ${ms(quantile(delays, 0.95))} ` +
      `| ${ms(quantile(delays, 1))} | ${tasks.length} ` +
      `| ${((sum / seconds / 1_000) * 100).toFixed(0)} % | ${loadavg()[0]!.toFixed(1)} |`,
    '',
    'Wanted: p95 under 100 ms.',
  ].join('\n');
}
