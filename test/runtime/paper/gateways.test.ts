import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../actors/errors.ts';
import type { Broker, CallOptions } from '../../../actors/ports.ts';
import { byEither } from '../../../runtime/paper/gateways.ts';

const position = (positionQuantity: number) => ({ positionQuantity, workingOrders: [] });

/** A broker that only tells its account. */
function way(account: (options: CallOptions) => Promise<ReturnType<typeof position>>) {
  const asked: CallOptions[] = [];
  const broker = {
    account: (options: CallOptions) => {
      asked.push(options);
      return account(options);
    },
  } as unknown as Broker;
  return { asked, broker };
}

const fails = (kind: BrokerError['kind']) => way(() => Promise.reject(new BrokerError(kind, kind)));
const tells = (quantity: number) => way(async () => position(quantity));
const hangs = () =>
  way(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  );

const ask = (first: Broker, second: Broker, signal = new AbortController().signal) =>
  byEither(
    () => first,
    () => second,
  ).account({ signal, callId: 'a' });

describe('a call of an emergency', () => {
  it('asks the active way alone while that answers, whatever it answers', async () => {
    const other = tells(2);
    expect(await ask(tells(1).broker, other.broker)).toEqual(position(1));
    await expect(ask(fails('refused').broker, other.broker)).rejects.toThrow('refused');
    expect(other.asked).toEqual([]);
  });

  it('asks the other way where the active one fails, or hangs, which is given up', async () => {
    expect(await ask(fails('unavailable').broker, tells(2).broker)).toEqual(position(2));
    const hanging = hangs();
    expect(await ask(hanging.broker, tells(2).broker)).toEqual(position(2));
    expect(hanging.asked[0]!.signal.aborted).toBe(true);
  });

  it('fails by what the broker has said, else by what befell the active way', async () => {
    const both = ask(fails('reset').broker, fails('unauthorized').broker);
    await expect(both).rejects.toThrow('unauthorized');
    const neither = ask(fails('reset').broker, fails('unavailable').broker);
    await expect(neither).rejects.toThrow('reset');
  });

  it('ends when its step is over', async () => {
    const [first, second] = [hangs(), hangs()];
    const step = new AbortController();
    const call = ask(first.broker, second.broker, step.signal);
    step.abort(new Error('late'));
    await expect(call).rejects.toThrow();
    expect(second.asked).toEqual([]);
  });
});
