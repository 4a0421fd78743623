import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { Metrics } from '../../../../runtime/http/metrics/metrics.ts';
import { allRoutes } from '../../../../runtime/http/routes/all.ts';
import { Recordings } from '../../../../runtime/inspector/recordings.ts';
import { openDoors } from '../../../support/doors.ts';

/** The same routes as those of the doors. */
function routes() {
  const metrics = new Metrics(undefined);
  metrics.close();
  return allRoutes(metrics, new Recordings({ bytesMax: 0 }));
}

describe('the description of the API', () => {
  it('is a valid OpenAPI 3.1 document that names every route and its role', async () => {
    const { ask } = await openDoors();
    const { body } = await ask('/api/openapi.json');
    const { valid, errors } = await new Validator().validate(structuredClone(body));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    const ids = Object.values<Record<string, { operationId: string; 'x-role': string }>>(body.paths)
      .flatMap((path) => Object.values(path))
      .map((operation) => operation.operationId);
    expect(new Set(ids).size).toBe(routes().length);
    expect(body.paths['/api/health/live'].get).toMatchObject({ security: [], 'x-role': 'none' });
    expect(body.paths['/api/settings'].patch['x-role']).toBe('admin');
  });

  it('says what each route that reads answers', async () => {
    const { ask, t } = await openDoors();
    // There is something to read.
    t.runtime.tradingMode.halt({ by: 'ada', why: 'test' });
    const path = 'safeguards/tradingMode';
    const filled: Readonly<Record<string, string>> = {
      '/api/actor/*': `/api/actor/${path}`,
      '/api/chart/:id': '/api/chart/tradingMode',
      '/api/explain/:seq': '/api/explain/1',
      '/api/moment/:seq': '/api/moment/1',
      '/api/detail/*': `/api/detail/${path}`,
      '/api/difference/*': `/api/difference/${path}?seq=${t.runtime.seq}`,
      '/api/messages': '/api/messages?from=1&until=2',
    };
    for (const { url, method, role, reply } of routes()) {
      if (method !== 'GET' || url === '/api/openapi.json') continue;
      const { status, body } = await ask(filled[url] ?? url, { role: role ?? 'viewer' });
      expect([url, status]).toEqual([url, 200]);
      if (body !== undefined) expect(reply.safeParse(body).error?.issues ?? []).toEqual([]);
    }
  });
});
