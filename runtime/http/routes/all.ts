/** Every route, and the one that describes them. */
import { z } from 'zod';
import { packageVersion } from '../../cli/package.ts';
import { openApiOf } from '../openapi.ts';
import { type Route, route } from '../route.ts';
import { healthRoutes } from './health.ts';
import { journalRoutes } from './journal.ts';
import { machineRoutes } from './machines.ts';
import { orderRoutes } from './orders.ts';
import { stateRoutes } from './state.ts';

export function allRoutes(): readonly Route[] {
  const routes: Route[] = [
    ...healthRoutes,
    ...stateRoutes,
    ...machineRoutes,
    ...journalRoutes,
    ...orderRoutes,
  ];
  let description: unknown;
  const own = route({
    ...{ method: 'GET', url: '/api/openapi.json', role: 'viewer', tag: 'description' },
    summary: 'This description, OpenAPI 3.1',
    reply: z.record(z.string(), z.json()),
    handle: () => {
      description ??= openApiOf([...routes, own], packageVersion());
      return description;
    },
  });
  return [...routes, own];
}
