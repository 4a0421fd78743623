import { expect, it } from 'vitest';
import type { Broker, CallOptions } from '../../../actors/ports.ts';
import { CallMeter } from '../../../runtime/paper/call-meter.ts';

const options: CallOptions = { signal: new AbortController().signal, callId: 'c-1' };

/** A broker whose calls end when told, in an order that the test chooses. */
function rig() {
  const clock = { time: 0, now: () => clock.time };
  const ends: ((error?: Error) => void)[] = [];
  const call = () =>
    new Promise<never>((resolve, reject) => {
      ends.push((error) => (error ? reject(error) : resolve({} as never)));
    });
  const broker: Broker = {
    ...{ login: call, ping: call, account: call, submitOrder: call },
    ...{ order: call, cancelOrder: call },
  };
  const meter = new CallMeter(clock);
  return { clock, ends, meter, metered: meter.around(broker) };
}

it('counts every call, its time and its failure', async () => {
  const { clock, ends, meter, metered } = rig();
  const order = {} as never;
  const calls = [
    metered.login(options),
    metered.ping(options),
    metered.account(options),
    metered.submitOrder(order, options),
    metered.order('o-1', options),
    metered.cancelOrder('o-1', options),
  ];
  const settled = Promise.allSettled(calls);
  clock.time = 100;
  for (const end of ends.slice(0, 4)) end();
  await Promise.all(calls.slice(0, 4));
  expect(meter.take()).toEqual({ count: 4, failedCount: 0, totalMs: 400 });
  clock.time = 250;
  for (const end of ends.slice(4)) end(new Error('reset'));
  await settled;
  expect(meter.take()).toEqual({ count: 2, failedCount: 2, totalMs: 500 });
  expect(meter.take()).toEqual({ count: 0, failedCount: 0, totalMs: 0 });
});

it('hands results and errors on as they are', async () => {
  const { ends, metered } = rig();
  const [good, bad] = [metered.ping(options), metered.ping(options)];
  const error = new Error('hung');
  ends[0]!();
  ends[1]!(error);
  await expect(good).resolves.toEqual({});
  await expect(bad).rejects.toBe(error);
});
