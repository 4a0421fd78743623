/** Every route, and the one that describes them. */
import { z } from 'zod';
import { packageVersion } from '../../cli/package.ts';
import type { Recordings } from '../../inspector/recordings.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { metricsMediaType } from '../metrics/text.ts';
import { openApiOf } from '../openapi.ts';
import { type Route, route } from '../route.ts';
import { failoverRoutes } from './failover.ts';
import { healthRoutes } from './health.ts';
import { inspectRoutes } from './inspect.ts';
import { orderRoutes } from './orders.ts';
import { patchRoutes } from './patches.ts';
import { ofRecordings, recordingRoutes } from './recordings.ts';
import { recoveryRoutes } from './recovery.ts';
import { safetyRoutes } from './safety.ts';
import { stateRoutes } from './state.ts';

/** @param metrics of the doors. */
export function allRoutes(metrics: Metrics, recordings: Recordings): readonly Route[] {
  const routes: Route[] = [
    ...healthRoutes,
    ...stateRoutes,
    ...ofRecordings(inspectRoutes, recordings),
    ...recordingRoutes(recordings),
    ...orderRoutes,
    ...safetyRoutes,
    ...failoverRoutes,
    ...recoveryRoutes,
    ...patchRoutes,
    metricsRoute(metrics),
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

const metricsRoute = (metrics: Metrics): Route =>
  route({
    ...{ method: 'GET', url: '/api/health/metrics', role: 'viewer', tag: 'health' },
    summary: 'Metrics, as Prometheus reads them',
    reply: z.string(),
    mediaType: metricsMediaType,
    handle: ({ runtime }) => metrics.text(runtime),
  });
