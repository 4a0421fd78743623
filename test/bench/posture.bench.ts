/**
 * What one answer to "may I?" costs, alone and through a runtime, with and without overrides.
 *
 * CPU time of this thread, best of several rounds, because the machine is shared.
 */
import { postureSettingsSchema } from '../../config/posture.ts';
import { meetOf } from '../../machines/policies/posture-meet.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Posture } from '../../runtime/posture.ts';

const cpuNs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) * 1_000;
};

/** Nanoseconds per call; the loop itself included. */
function cost(callCount: number, roundCount: number, run: (callCount: number) => number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < roundCount; round += 1) {
    const begin = cpuNs();
    const yes = run(callCount);
    best = Math.min(best, (cpuNs() - begin) / callCount);
    if (yes < 0) throw new Error('unreachable');
  }
  return best;
}

const names = ['orders.open', 'orders.reduce', 'analytics', 'chat', 'memoryWrites'] as const;

function answered(given: object): Posture {
  const settings = postureSettingsSchema.parse(given);
  const posture = new Posture(settings);
  const regions = { degradation: { state: 'level1', why: 'bench', at: 0 } };
  posture.observe({ settings, ask: [], subscribers: [], regions, ...meetOf(settings, regions) });
  return posture;
}

export async function run({ full }: { readonly full: boolean }): Promise<string> {
  const callCount = full ? 20_000_000 : 5_000_000;
  const plain = answered({});
  const narrow = answered({ overrides: [{ user: 'eve', forbids: ['chat'] }] });
  await using runtime = await createRuntime();
  await runtime.start();
  runtime.tradingMode.reconciled({ by: 'bench', why: 'to open' });
  const ask = (allows: (index: number) => boolean) => (count: number) => {
    let yes = 0;
    for (let i = 0; i < count; i += 1) if (allows(i % names.length)) yes += 1;
    return yes;
  };
  const rows: [string, number][] = [
    [
      'an empty loop of the same shape',
      cost(
        callCount,
        7,
        ask((i) => names[i] !== 'analytics'),
      ),
    ],
    [
      '`posture.allows(name)`, one name',
      cost(
        callCount,
        7,
        ask(() => plain.allows('orders.open')),
      ),
    ],
    [
      '`posture.allows(name)`, five names',
      cost(
        callCount,
        7,
        ask((i) => plain.allows(names[i]!)),
      ),
    ],
    [
      "`runtime.posture.allows('orders.open')`",
      cost(
        callCount,
        7,
        ask(() => runtime.posture.allows('orders.open')),
      ),
    ],
    [
      '`posture.allows(name, { user })`, overrides set',
      cost(
        callCount / 10,
        7,
        ask((i) => narrow.allows(names[i]!, { user: 'eve' })),
      ),
    ],
  ];
  const table = rows.map(([what, ns]) => `| ${what} | ${ns.toFixed(1)} |`);
  return ['| what | ns |', '|---|---:|', ...table, '', 'Wanted: at most 20 ns.'].join('\n');
}
