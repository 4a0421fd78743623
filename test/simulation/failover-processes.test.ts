/**
 * Two real processes as a pair: kill -9, SIGSTOP and SIGCONT of the active one. The times that it
 * prints are measured, not asserted: this machine may be busy.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished } from 'vitest';
import { needs } from '../support/needs.ts';
import { killLiving } from './child-process.ts';
import { pairRounds, quantile } from './pair-rounds.ts';

const rounds = process.env['KINTSUGI_RUNS'] === 'full' ? 20 : 2;
const itOnPosix = needs('signals', process.platform !== 'win32', 'no process can be paused');

afterEach(killLiving);

itOnPosix(
  `a pair of processes doubles and loses no order in ${rounds} switches`,
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'kintsugi-pair-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const outcome = await pairRounds({ dir, rounds, heartbeatMs: 100 });
    const { switchMs, executed, acked, ...wrong } = outcome;
    const [p50, p99] = [quantile(switchMs, 0.5), quantile(switchMs, 0.99)];
    process.stdout.write(
      `failover of processes: ${rounds} rounds, ${executed} orders, ${acked} acknowledged; ` +
        `detect and switch p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms\n`,
    );
    expect(wrong).toEqual({ doubled: [], lost: [], isMixed: false });
    expect(switchMs).toHaveLength(rounds);
    expect(acked).toBeGreaterThan(rounds);
  },
  600_000,
);
