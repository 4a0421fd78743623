import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultSettings } from '../../../config/paper-broker.ts';
import { call, faultsOf, openBroker, order } from '../../support/paper-broker.ts';

describe('ledger of the paper broker', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ledger-'));
  const ledgerPath = join(dir, 'orders.ndjson');
  afterEach(() => rmSync(ledgerPath, { force: true }));

  const fill = async (id: string, faults: Partial<FaultSettings> = {}) => {
    const { client, finish, login, server, settings } = await openBroker({ ledgerPath });
    await login();
    settings.current = faultsOf(faults);
    await finish(client.submitOrder(order(id), call('c-1')));
    settings.current = faultsOf();
    const { value } = await finish(client.account(call('c-2')));
    await server.close();
    return value!;
  };

  it('keeps position and orders across a restart of the broker', async () => {
    await fill('o-1');
    expect((await fill('o-1')).positionQuantity).toBe(2);
    expect((await fill('o-2')).positionQuantity).toBe(4);
  });

  it('keeps what works', async () => {
    const { workingOrders } = await fill('o-1', { partialFillRatio: 1 });
    expect(workingOrders).toHaveLength(1);
    expect((await fill('o-2')).workingOrders).toEqual(workingOrders);
  });

  it('is for this user alone', async () => {
    await fill('o-1');
    expect(statSync(ledgerPath).mode & 0o777).toBe(0o600);
  });

  it('passes over a last line that was cut, more than once', async () => {
    await fill('o-1');
    for (const id of ['o-2', 'o-3']) {
      appendFileSync(ledgerPath, '{"clientOrderId":"o-9","sta');
      await fill(id);
    }
    expect((await fill('o-3')).positionQuantity).toBe(6);
  });

  it('refuses damage in the middle and names the line', async () => {
    await fill('o-1');
    const text = readFileSync(ledgerPath, 'utf8');
    appendFileSync(ledgerPath, `nonsense\n${text}`);
    await expect(openBroker({ ledgerPath })).rejects.toThrow(
      /is damaged in line 2\. Restore the file/,
    );
  });
});
