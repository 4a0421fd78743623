/** Two ways to the broker over a recorded market, with every fault of the broker beside. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished } from 'vitest';
import { settingsSchema } from '../../../config/settings.ts';
import { runPaper } from '../../../runtime/paper/host.ts';
import { auditPaper } from '../../simulation/paper-audit.ts';
import { faultyPaper } from '../../support/faulty-paper.ts';
import { needsRecordedData, recordedData } from '../../support/needs.ts';

const onRecordedBars = needsRecordedData();
const hourMs = 3_600_000;
const ways = { outageEveryMs: 3 * hourMs, outageDurationMs: hourMs / 2 };
const settings = settingsSchema.parse({
  paper: {
    ...faultyPaper,
    analysis: { everyBarCount: 0 },
    broker: { ...faultyPaper.broker, pair: { primary: ways, backup: ways } },
  },
});

describe('two ways to the broker over a recorded market', () => {
  onRecordedBars(
    'lose no order and double none, whichever of the ways and the broker fails',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'kintsugi-pair-feed-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const [feed, journal] = [join(folder, 'bars.csv'), join(folder, 'journal')];
      const whole = readFileSync(join(recordedData!, 'market', 'btc-perp-1m-2022-01.csv'), 'utf8');
      writeFileSync(feed, whole.split('\n').slice(0, 1_001).join('\n'));
      const report = await runPaper({ settings, feed, journal, ...{ seed: 7, speed: 'max' } });
      const { switches, epoch, suspensions } = report.failover['broker']!;
      expect(switches).toBeGreaterThan(2);
      expect(epoch).toBeGreaterThan(switches);
      expect(suspensions).toBe(0);
      const { ordersExecuted } = await auditPaper(journal, [], report, feed);
      expect(ordersExecuted).toBeGreaterThan(20);
    },
  );
});
