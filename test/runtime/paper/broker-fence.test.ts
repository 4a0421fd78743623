/** The paper broker and the epochs of its clients. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BrokerClient, brokerClient } from '../../../runtime/paper/broker-client.ts';
import { call, faultsOf, openBroker, order } from '../../support/paper-broker.ts';

type Broker = Awaited<ReturnType<typeof openBroker>>;

function clientOf({ clock, server }: Broker, epoch: number, key = server.key): BrokerClient {
  const { port } = server;
  const client = brokerClient({
    port,
    key,
    clock,
    seed: 1,
    faults: () => faultsOf(),
    epoch: () => epoch,
  });
  onTestFinished(() => client.close());
  return client;
}

let callCount = 0;
const nextCall = () => {
  callCount += 1;
  return call(`e-${callCount}`);
};

describe('epochs at the paper broker', () => {
  it('are obeyed in their order: an older one is refused, and nothing is done', async () => {
    const broker = await openBroker();
    const { finish } = broker;
    const [old, next] = [clientOf(broker, 1), clientOf(broker, 2)];
    await finish(old.login(nextCall()));
    await finish(old.submitOrder(order('a'), nextCall()));
    await finish(next.login(nextCall()));
    for (const late of [old, broker.client]) {
      const { error } = await finish(late.login(nextCall()));
      expect(error).toMatchObject({ kind: 'fenced' });
    }
    expect((await finish(next.order('a', nextCall()))).value?.status).toBe('filled');
    await finish(next.submitOrder(order('b'), nextCall()));
    expect((await finish(next.account(nextCall()))).value?.positionQuantity).toBe(4);
  });

  it('end the effects of a session that shows an older one', async () => {
    const broker = await openBroker();
    const { finish } = broker;
    let epoch = 2;
    const { port, key } = broker.server;
    const { clock } = broker;
    const client = brokerClient({
      port,
      key,
      clock,
      seed: 1,
      faults: () => faultsOf(),
      epoch: () => epoch,
    });
    onTestFinished(() => client.close());
    await finish(client.login(nextCall()));
    epoch = 1;
    const refused = await finish(client.submitOrder(order('a'), nextCall()));
    expect(refused.error).toMatchObject({ kind: 'fenced', code: 'BROKER_FAILED' });
    epoch = 2;
    expect((await finish(client.order('a', nextCall()))).value?.status).toBe('unknown');
  });

  it('are not raised by somebody without the key', async () => {
    const broker = await openBroker();
    const { finish } = broker;
    const stranger = clientOf(broker, 1_000, 'wrong');
    const refused = await finish(stranger.login(nextCall()));
    expect(refused.error).toMatchObject({ kind: 'unauthorized' });
    expect((await finish(clientOf(broker, 1).login(nextCall()))).error).toBeUndefined();
  });

  it('outlive a restart of the broker', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'broker-fence-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const ledgerPath = join(dir, 'orders.ndjson');
    const before = await openBroker({ ledgerPath });
    await before.finish(clientOf(before, 3).login(nextCall()));
    await before.server.close();
    const after = await openBroker({ ledgerPath });
    const { error } = await after.finish(clientOf(after, 2).login(nextCall()));
    expect(error).toMatchObject({ kind: 'fenced' });
    expect((await after.finish(clientOf(after, 3).login(nextCall()))).error).toBeUndefined();
  });
});
