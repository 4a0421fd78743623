import { describe, expect, it } from 'vitest';
import { evidenceText } from '../../../machines/policies/signal-evidence.ts';

const reading = { atMs: 1, value: 95_000, measured: 0.0500001, limit: 0.04 };

describe('the evidence of a breaker on a signal', () => {
  it('is said with its numbers', () => {
    const trip = {
      ...({ kind: 'signal', signal: 'drawdown', confirmationCount: 1 } as const),
      ...{ confirmations: [reading], reference: 100_000 },
    };
    expect(evidenceText(trip)).toBe(
      'drawdown of 0.0500001 has reached the limit of 0.04 in 1 reading, peak 100000',
    );
    expect(evidenceText({ ...trip, signal: 'gauge', confirmations: [reading, reading] })).toBe(
      'gauge of 0.0500001 has reached the limit of 0.04 in 2 readings in a row',
    );
    expect(evidenceText({ ...trip, confirmations: [] })).toBe('drawdown has reached its limit');
    const counts = { successCount: 0, failureCount: 1, probeCount: 1, probeSuccessRatioMin: 1 };
    expect(evidenceText({ kind: 'probes', ...counts, last: reading })).toBe(
      '1 of 1 probe failed: the last read 0.0500001, the limit is 0.04',
    );
    expect(evidenceText(null)).toBe('it says not why');
  });
});
