import { describe, expect, it } from 'vitest';
import { failoverSettingsSchema } from '../../../config/failover-pair.ts';
import {
  type FailoverEvidence,
  failoverVerdict,
  mayFailBack,
  stableTimeMs,
} from '../../../machines/policies/failover-verdict.ts';

const parse = (given: object) => failoverSettingsSchema.parse(given);
const settings = parse({ missedCountMax: 3, lagMaxMs: 5_000, flap: { switchCountMax: 2 } });
const alive = { missedCount: 0, passes: true, why: null };
const dead = { missedCount: 3, passes: false, why: 'x' };
const evidence = (over: Partial<FailoverEvidence> = {}): FailoverEvidence => ({
  at: 1_000_000,
  active: 'primary',
  beats: { primary: dead, backup: alive },
  role: 'held',
  copy: { lagMs: 5_000 },
  nextTryAtMs: 1_000_000,
  switchesAtMs: [],
  ...over,
});

describe('the verdict on the active side', () => {
  it.each<[string, Partial<FailoverEvidence>, string]>([
    ['is dead', {}, 'switch'],
    [
      'has missed one less',
      { beats: { primary: { ...dead, missedCount: 2 }, backup: alive } },
      'stay',
    ],
    ['is alive', { beats: { primary: alive, backup: alive } }, 'stay'],
    ['failed to switch and has to wait', { nextTryAtMs: 1_000_001 }, 'backOff'],
    ['has a dead standby', { beats: { primary: dead, backup: dead } }, 'standbyDown'],
    ['was copied too long ago', { copy: { lagMs: 5_001 } }, 'stale'],
    ['was never copied', { copy: { lagMs: null } }, 'stale'],
    ['has nothing to copy', { copy: null }, 'switch'],
    ['has switched as often as it may', { switchesAtMs: [400_000, 999_999] }, 'suspend'],
    ['has switched as often, but one is past', { switchesAtMs: [399_999, 999_999] }, 'switch'],
    [
      'lives, but lost the role',
      { beats: { primary: alive, backup: alive }, role: 'expired' },
      'switch',
    ],
    ['gave the role up', { role: 'released', nextTryAtMs: 2_000_000 }, 'switch'],
    ['gave it up and died before a copy', { role: 'released', copy: { lagMs: null } }, 'stale'],
    [
      'gave it up and can be asked',
      { role: 'released', copy: { lagMs: null }, beats: { primary: alive, backup: alive } },
      'switch',
    ],
  ])('that %s', (_, over, verdict) => {
    expect(failoverVerdict(settings, evidence(over))).toBe(verdict);
  });

  it('is left to operators under the policy `manual`, but for a role that was handed over', () => {
    const manual = { ...settings, policy: 'manual' } as const;
    expect(failoverVerdict(manual, evidence())).toBe('manual');
    expect(failoverVerdict(manual, evidence({ role: 'released' }))).toBe('switch');
  });
});

describe('the return to the primary', () => {
  const back = (over: Partial<FailoverEvidence> = {}) =>
    evidence({ active: 'backup', beats: { primary: alive, backup: alive }, ...over });

  it.each(['automatic', 'preferPrimary', 'sticky', 'manual'] as const)('of %s', (policy) => {
    const returns = policy === 'automatic' || policy === 'preferPrimary';
    expect(mayFailBack({ ...settings, policy }, back())).toBe(returns);
  });

  it('waits for a primary that lives, for the back-off, and while there were many switches', () => {
    expect(mayFailBack(settings, back({ beats: { primary: dead, backup: alive } }))).toBe(false);
    expect(mayFailBack(settings, back({ nextTryAtMs: 1_000_001 }))).toBe(false);
    expect(mayFailBack(settings, back({ switchesAtMs: [999_998, 999_999] }))).toBe(false);
    expect(mayFailBack(settings, back({ active: 'primary' }))).toBe(false);
  });

  it('waits longer after each recent switch, but only when automatic', () => {
    const known = parse({ stableMs: 60_000, stableMaxMs: 200_000, flap: { periodMs: 1_000 } });
    const waits = (policy: 'automatic' | 'preferPrimary') =>
      [0, 1, 2, 3].map((count) => {
        const switchesAtMs = [0, ...Array<number>(count).fill(9_500)];
        return stableTimeMs({ ...known, policy }, switchesAtMs, 10_000);
      });
    expect(waits('automatic')).toEqual([60_000, 60_000, 120_000, 200_000]);
    expect(waits('preferPrimary')).toEqual([60_000, 60_000, 60_000, 60_000]);
  });
});
