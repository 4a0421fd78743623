import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planLimitMs } from '../../../config/safety.ts';
import { settingsSchema } from '../../../config/settings.ts';
import type { EmergencyOutcome } from '../../../machines/emergency-plan.ts';
import { simulatedClock } from '../../../runtime/clock/simulated.ts';
import { emergencyPort } from '../../../runtime/emergency-port.ts';
import { readEntries } from '../../../runtime/export/entries.ts';
import { brokerClient } from '../../../runtime/paper/broker-client.ts';
import { paperEmergency } from '../../../runtime/paper/emergency.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import type { Runtime } from '../../../runtime/runtime.ts';
import { call, faultsOf, openBroker, order, ratios } from '../../support/paper-broker.ts';

const settings = settingsSchema.parse({
  paper: {
    strategy: { fastBarCount: 3, slowBarCount: 8 },
    broker: { faults: { enabled: false } },
  },
});

const why = 'fat finger';

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-emergency-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'journal');
}

/** What the broker itself has executed. */
const positionAt = (journal: string): number =>
  readFileSync(join(journal, 'paper-broker.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { side: string; filledQuantity?: number })
    .reduce(
      (sum, { side, filledQuantity = 0 }) => sum + (side === 'buy' ? 1 : -1) * filledQuantity,
      0,
    );

/** Runs until there is a position, breaks the broker, and orders an emergency. */
async function emergencyUnder(faults: Partial<typeof ratios>, seed: number) {
  const journal = freshFolder();
  const stop = new AbortController();
  let runtime: Runtime | undefined;
  let ended: Promise<EmergencyOutcome> | undefined;
  let tookMs = 0;
  const report = await runPaper({
    settings,
    journal,
    seed,
    speed: 'max',
    signal: stop.signal,
    onStart: (started) => {
      runtime = started;
    },
    onBar: ({ book }) => {
      if (ended || !book?.positionQuantity || !runtime) return;
      const value = { ...runtime.settings.current.paper.broker.faults, ...ratios, ...faults };
      const path = '/paper/broker/faults';
      const patch = [{ op: 'replace', path, value: { ...value, enabled: true } }] as const;
      runtime.settings.patch(patch, { by: 'test', why: 'the broker breaks' });
      const begunMs = performance.now();
      ended = runtime.safety.emergency({ by: 'ada', why });
      void ended.then(() => {
        tookMs = performance.now() - begunMs;
        stop.abort();
      });
    },
  });
  const facts: { type: string; [field: string]: unknown }[] = [];
  for await (const entry of readEntries(journal)) facts.push(...(entry.facts as typeof facts));
  return { outcome: await ended!, tookMs, report, facts, position: positionAt(journal) };
}

describe('the emergency plan on the paper host', () => {
  it('ends flat with a broker that works', async () => {
    const { outcome, position, report } = await emergencyUnder({}, 3);
    expect([outcome.text, outcome.undone, position]).toEqual(['stopped, flat', [], 0]);
    expect(report.position).toBe(0);
  });

  it.each([
    ['hangs', { hangRatio: 1 }, 3],
    ['refuses', { errorRatio: 1 }, 3],
    ['cuts every connection', { resetRatio: 1 }, 4],
    ['is half dead', { hangRatio: 0.2, errorRatio: 0.2, resetRatio: 0.2 }, 5],
    ['is half dead in another way', { hangRatio: 0.3, partialFillRatio: 0.4 }, 6],
    ['forgets the session', { rejectedLoginRatio: 0.5 }, 7],
    ['fills in part only', { partialFillRatio: 1 }, 8],
  ])(
    'ends in time with a broker that %s, and says what is left',
    async (_, faults, seed) => {
      const { outcome, tookMs, facts, position } = await emergencyUnder(faults, seed);
      expect(tookMs).toBeLessThan(planLimitMs);
      // What is confirmed is true, and nothing is ever closed twice.
      if (outcome.remaining?.isVerified) expect(outcome.remaining.quantity).toBe(position);
      expect(Math.abs(position)).toBeLessThanOrEqual(1);
      if (!outcome.isFlat) expect(outcome.text).toMatch(/^stopped, remaining position -?[\d.]+/);
      const steps = facts.filter(({ type }) => type === 'emergency.stepEnded');
      expect(steps.map(({ step }) => step)).toEqual([
        'cancelOrders',
        'reducePosition',
        'flush',
        'stopTree',
      ]);
      expect(steps.slice(2).map(({ isDone }) => isDone)).toEqual([true, true]);
      const undone = steps.filter(({ isDone }) => !isDone).map(({ step, why }) => ({ step, why }));
      expect(outcome.undone).toEqual(undone);
      expect(facts.at(-1)).toMatchObject({ type: 'emergency.stopped', text: outcome.text });
    },
    20_000,
  );
});

/** The plan's steps over a client, with short real limits. */
function stepsOver(broker: Parameters<typeof paperEmergency>[0]['broker'], timeoutMs: number) {
  const orders = paperEmergency({
    broker,
    workingOrderIds: () => ['o-1'],
    positionQuantity: () => 2,
    market: () => ({ symbol: 'BTC-PERP', price: 100, at: 0 }),
    notePosition: () => {},
  });
  const none = { tree: () => [], isUp: () => false, stop: () => {}, start: () => {} };
  const port = emergencyPort({ ...none, flush: async () => {} }, orders);
  const request = (how: 'verified' | 'blind', tryNumber = 1) => ({
    ...{ planId: 'e-0.1', key: 'k', tryNumber, how, timeoutMs },
    signal: new AbortController().signal,
  });
  return { port, request };
}

describe('the steps of the paper host', () => {
  it('end in real time when nobody at all answers', async () => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => void sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port: number } = mute.address() as { port: number };
    const client = brokerClient({
      ...{ port: number, key: 'k', seed: 1, faults: () => faultsOf() },
      clock: simulatedClock(),
    });
    onTestFinished(() => {
      client.close();
      for (const socket of sockets) socket.destroy();
      mute.close();
    });
    const { port, request } = stepsOver(() => client.direct, 50);
    expect(await port.reducePosition(request('verified'))).toMatchObject({
      isDone: false,
      why: 'the broker did not answer within 50 ms',
      remaining: { quantity: 2, isVerified: false },
    });
    expect(await port.cancelOrders(request('blind'))).toMatchObject({ isDone: false });
  });

  it('cancel what works and close what is left of a partial fill', async () => {
    const { client, login, finish, settings } = await openBroker({
      faults: { partialFillRatio: 1 },
    });
    await login();
    await finish(client.submitOrder(order('o-1'), call('buy')));
    settings.current = faultsOf();
    const { port, request } = stepsOver(() => client.direct, 2_000);
    expect(await port.cancelOrders(request('verified'))).toMatchObject({ isDone: true });
    const flat = { quantity: 0, isVerified: true };
    expect(await port.reducePosition(request('verified'))).toEqual({
      isDone: true,
      remaining: flat,
    });
    const { workingOrders } = await client.direct.account(call('after'));
    expect(workingOrders).toEqual([]);
  });

  it('close the same position once, however often they are asked', async () => {
    const { client, login, finish } = await openBroker();
    await login();
    await finish(client.submitOrder(order('o-1'), call('buy')));
    const { port, request } = stepsOver(() => client.direct, 2_000);
    await port.reducePosition(request('blind'));
    await port.reducePosition(request('blind', 2));
    const { positionQuantity } = await client.direct.account(call('after'));
    expect(positionQuantity).toBe(0);
  });

  it('log in again when the session is over', async () => {
    const { client } = await openBroker();
    const { port, request } = stepsOver(() => client.direct, 2_000);
    expect(await port.cancelOrders(request('verified'))).toMatchObject({ isDone: true });
  });
});
