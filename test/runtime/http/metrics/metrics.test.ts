import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openDoors } from '../../../support/doors.ts';
import { fakeSides } from '../../../support/failover-sides.ts';
import { metricsFlaws, needsPrometheus } from '../../../support/prometheus.ts';
import { patientKey } from '../../../support/secr-rig.ts';
import { product } from '../../../support/tensor-jobs.ts';

/** A runtime with something in each group. */
async function busy() {
  const doors = await openDoors();
  const { t, ask } = doors;
  const breaker = t.runtime.breaker('broker');
  await breaker.execute(async () => 1);
  breaker.isolate({ by: 'ada', why: 'a "quoted"\nname' });
  t.runtime.tradingMode.halt({ by: 'ada', why: 'test' });
  await ask('/api/tree');
  await ask('/api/nowhere');
  await fetch(`${doors.url}/api/tree`);
  const scrape = async () => (await ask('/api/health/metrics')).text;
  return { ...doors, scrape };
}

/** The same with parts that not everybody has. */
async function busier() {
  const { t, scrape, ask } = await busy();
  const { runtime } = t;
  const job = runtime.tensor.run(product(2, 3));
  await t.settle();
  await t.advance(1_000);
  await job;
  const { primary, backup } = fakeSides();
  runtime.failover('desk', { primary, backup, policy: 'manual' });
  await t.advance(2_000);
  runtime.failover('desk').switchTo({ to: 'backup', by: 'ada', why: 'test' });
  await t.advance(2_000);
  const ended = runtime.recovery.run({ id: 'all', components: { feed: { start: () => {} } } });
  const hanging = runtime.recovery.run({
    id: 'hangs',
    components: { feed: { start: () => new Promise(() => {}) } },
  });
  hanging.catch(() => {});
  await t.advance(1);
  await ended;
  runtime.secr.reportFailure({ group: 'NET', subgroup: 'API_TIMEOUT', severity: 0.5 });
  runtime.secr.pin({ key: patientKey, by: 'ada', why: 'test' });
  await ask('/api/tree', { role: 'admin' });
  return { t, scrape };
}

it('metrics say what has been counted, at the moment of the scrape', async () => {
  const { scrape, t } = await busy();
  const text = await scrape();
  for (const line of [
    'kintsugi_http_requests_total{method="GET",route="/api/tree",status="2xx"} 1',
    'kintsugi_http_requests_total{method="GET",route="/api/tree",status="4xx"} 1',
    'kintsugi_http_requests_total{method="",route="none",status="4xx"} 1',
    'kintsugi_http_request_duration_seconds_count{method="GET",route="/api/tree"} 2',
    'kintsugi_requests_refused_total{code="TOKEN_REFUSED"} 1',
    'kintsugi_breaker_state{path="/breakers/broker",state="isolated"} 1',
    'kintsugi_breaker_state{path="/breakers/broker",state="closed"} 0',
    'kintsugi_breaker_calls_total{path="/breakers/broker",outcome="success"} 1',
    'kintsugi_trading_mode{state="halted"} 1',
    `kintsugi_journal_entries_total ${t.runtime.seq}`,
    'kintsugi_health_score 100',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toMatch(/^kintsugi_turns_total\{kind="event"\} [1-9]/m);
  expect(text).toMatch(/^process_resident_memory_bytes [1-9]/m);
});

it('metrics tell of pairs, recoveries, patches, tokens and jobs where there are any', async () => {
  const text = await (await busier()).scrape();
  for (const line of [
    'kintsugi_failover_state{pair="desk",state="backup"} 1',
    'kintsugi_failover_state{pair="desk",state="suspended"} 0',
    'kintsugi_failover_active{pair="desk"} 1',
    'kintsugi_failover_epoch{pair="desk"} 2',
    // The newest copy was made a moment ago.
    'kintsugi_failover_lag_seconds{pair="desk"} 0.001',
    'kintsugi_failover_switches_total{cause="start"} 1',
    'kintsugi_failover_switches_total{cause="order"} 1',
    'kintsugi_failover_switch_seconds_count 2',
    'kintsugi_recoveries{state="recovering"} 1',
    'kintsugi_recoveries{state="held"} 0',
    'kintsugi_recovery_remaining_seconds{id="hangs"} 59.999',
    'kintsugi_recoveries_total{outcome="recovered"} 1',
    'kintsugi_recovery_seconds_sum 0',
    'kintsugi_recovery_seconds_count 1',
    'kintsugi_failures_total{group="NET"} 1',
    'kintsugi_patch_pressure{group="PERF"} 0',
    'kintsugi_patch_threshold 0.5',
    'kintsugi_patch_pins 1',
    'kintsugi_patch_paused 0',
    'kintsugi_token_uses_total{role="viewer"} 2',
    'kintsugi_token_uses_total{role="admin"} 1',
    'kintsugi_token_uses_total{role="operator"} 0',
    'kintsugi_tensor_jobs_total{outcome="done"} 1',
    'kintsugi_tensor_jobs_total{outcome="fellBack"} 0',
    'kintsugi_tensor_jobs{state="running"} 0',
    'kintsugi_tensor_run_seconds_count 1',
    'kintsugi_tensor_losses_total{what="workersLost"} 0',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

it('metrics of parts that a runtime does not have are left out', async () => {
  const text = await (await busy()).scrape();
  for (const name of ['equity', 'orders', 'tensor', 'patch', 'disk', 'failover', 'recover']) {
    expect(text).not.toContain(`kintsugi_${name}`);
  }
});

needsPrometheus()('metrics have no flaw that promtool finds', async () => {
  const text = await (await busier()).scrape();
  expect(metricsFlaws(text)).toBe('');
});

/** A port that was free a moment ago. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

needsPrometheus()(
  'Prometheus scrapes a running runtime and answers a query',
  async () => {
    const { url, tokens } = await busy();
    const folder = mkdtempSync(join(tmpdir(), 'kintsugi-prometheus-'));
    const config = join(folder, 'prometheus.yml');
    const target = new URL(url).host;
    writeFileSync(
      config,
      JSON.stringify({
        scrape_configs: [
          {
            job_name: 'kintsugi',
            scrape_interval: '1s',
            metrics_path: '/api/health/metrics',
            authorization: { credentials: tokens.viewer },
            static_configs: [{ targets: [target] }],
          },
        ],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    const store = `--storage.tsdb.path=${join(folder, 'data')}`;
    const flags = [`--config.file=${config}`, `--web.listen-address=${address}`, store];
    const prometheus = spawn('prometheus', flags, { stdio: 'ignore' });
    const ended = new Promise((resolve) => prometheus.on('exit', resolve));
    onTestFinished(async () => {
      prometheus.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    });
    const query = encodeURIComponent('kintsugi_breaker_state{state="isolated"}');
    await vi.waitFor(
      async () => {
        const reply = await fetch(`http://${address}/api/v1/query?query=${query}`);
        const { data } = (await reply.json()) as { data: { result: { value: unknown[] }[] } };
        expect(data.result.map(({ value }) => value[1])).toEqual(['1']);
      },
      { timeout: 30_000, interval: 250 },
    );
  },
  60_000,
);
