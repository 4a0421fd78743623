/** Counts of requests: one row of numbers for each route, found once, when the route is made. */
import { type Role, roles } from '../tokens.ts';
import { counter, type Family, type Labels, type Sample } from './text.ts';

/** Upper bounds of the buckets, seconds. */
const bucketBounds = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10] as const;

/** Where each number of a row is. */
const classes = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;
const bucketsAt = classes.length;
const secondsAt = bucketsAt + bucketBounds.length + 1;
const bytesInAt = secondsAt + 1;
const bytesOutAt = bytesInAt + 1;
const rolesAt = bytesOutAt + 1;
const width = rolesAt + roles.length;

export class RouteCounts {
  readonly labels: Labels;
  readonly row = new Float64Array(width);

  constructor(method: string, route: string) {
    this.labels = { method, route };
  }

  /**
   * @param status from 100 to 599.
   * @param role whose token was shown; null: none was asked for, or none was good.
   */
  add(
    status: number,
    seconds: number,
    bytesIn: number,
    bytesOut: number,
    role: Role | null = null,
  ): void {
    const { row } = this;
    const statusAt = Math.min(classes.length, Math.max(1, Math.floor(status / 100))) - 1;
    row[statusAt]! += 1;
    const bound = bucketBounds.findIndex((limit) => seconds <= limit);
    row[bucketsAt + (bound === -1 ? bucketBounds.length : bound)]! += 1;
    row[secondsAt]! += seconds;
    row[bytesInAt]! += bytesIn;
    row[bytesOutAt]! += bytesOut;
    if (role !== null) row[rolesAt + roles.indexOf(role)]! += 1;
  }
}

function durations({ labels, row }: RouteCounts): Sample[] {
  let count = 0;
  const buckets = [...bucketBounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    count += row[bucketsAt + index]!;
    const le = Number.isFinite(bound) ? String(bound) : '+Inf';
    return { suffix: '_bucket', value: count, labels: { ...labels, le } };
  });
  const sum = { suffix: '_sum', value: row[secondsAt]!, labels };
  return [...buckets, sum, { suffix: '_count', value: count, labels }];
}

/** Group HTTP. Routes that nobody has asked for are left out. */
export function requestFamilies(all: readonly RouteCounts[]): readonly Family[] {
  const asked = all.filter(({ row }) => row.some((value) => value > 0));
  const byStatus = asked.flatMap(({ labels, row }) =>
    classes.flatMap((status, index) =>
      row[index]! > 0 ? [{ value: row[index]!, labels: { ...labels, status } }] : [],
    ),
  );
  const byRole = roles.map((role, index) => ({
    value: asked.reduce((sum, { row }) => sum + row[rolesAt + index]!, 0),
    labels: { role },
  }));
  const column = (at: number) => asked.map(({ labels, row }) => ({ value: row[at]!, labels }));
  return [
    counter('kintsugi_http_requests_total', 'Requests by route and class of status.', byStatus),
    {
      name: 'kintsugi_http_request_duration_seconds',
      help: 'Time from the request to the end of its answer.',
      type: 'histogram',
      samples: asked.flatMap(durations),
    },
    counter('kintsugi_http_request_bytes_total', 'Bytes of bodies that came.', column(bytesInAt)),
    counter('kintsugi_http_response_bytes_total', 'Bytes of bodies sent.', column(bytesOutAt)),
    counter('kintsugi_token_uses_total', 'Requests by the role that their token gave.', byRole),
  ];
}
