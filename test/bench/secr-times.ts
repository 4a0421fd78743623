/**
 * How long SECR takes from a report to a change, and back. Each series has a process of its own,
 * which is this file: Node can be started in several ways, and finds no garbage of another.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRuntime } from '../../runtime/create-runtime.ts';
import type { Runtime } from '../../runtime/runtime.ts';

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;

/** Milliseconds on the clock, and of this thread's CPU: the machine is shared. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

const costSince = (begin: number, cpu: number): Cost => ({
  wallMs: performance.now() - begin,
  cpuMs: cpuMs() - cpu,
});

/** What it takes from a call until a fact. */
async function costTo(runtime: Runtime, type: string, act: () => void): Promise<Cost> {
  const [begin, cpu] = [performance.now(), cpuMs()];
  const told = new Promise<Cost>((resolve) => {
    const stop = runtime.on(type, () => {
      stop();
      resolve(costSince(begin, cpu));
    });
  });
  act();
  return told;
}

export function row(what: string, costs: readonly Cost[], wanted: string): string {
  const wall = costs.map((cost) => cost.wallMs);
  const cpu = costs.map((cost) => cost.cpuMs);
  const cells = [quantile(wall, 0.5), quantile(wall, 0.99), mean(cpu)];
  return `| ${what} | ${cells.map((ms) => ms.toFixed(3)).join(' | ')} | ${wanted} |`;
}

/** Rounds before the first that counts: nobody's hundredth patch is compiled anew. */
const warmUpCount = 200;

/** Reports that are answered and withdrawn, over a journal in memory or in a folder. */
async function patchTimes(count: number, journal?: string) {
  const patch = { canaryMs: 3_600_000, cooldownMs: 0 };
  const budget = { changeCountMax: 10_000, deviationMax: 1_000 };
  const settings = { secr: { patch, budget } };
  await using runtime = await createRuntime({ settings, ...(journal ? { journal } : {}) });
  await runtime.start();
  const { secr } = runtime;
  const order = { by: 'bench', why: 'next' };
  const failure = { group: 'NET', subgroup: 'API_TIMEOUT', severity: 1 } as const;
  const noted: Cost[] = [];
  const applied: Cost[] = [];
  const rolledBack: Cost[] = [];
  for (let i = 0; i < warmUpCount + count; i += 1) {
    const report = () => void secr.reportFailure(failure);
    noted.push(...timed(1, () => secr.reportFailure({ ...failure, severity: 1e-6 })));
    applied.push(await costTo(runtime, 'patch.canaryStarted', report));
    const [active] = secr.patches;
    const withdraw = () => secr.withdraw(active!.id, order);
    rolledBack.push(await costTo(runtime, 'patch.rolledBack', withdraw));
    // The failures so far are forgotten, or the next one would be answered before it is timed.
    await runtime.restart('/secr');
    // What one round wrote is on disk before the next one waits for its own.
    await runtime.flush();
    // A report comes in a turn of the event loop of its own, after garbage that is due.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const counted = (costs: readonly Cost[]) => costs.slice(warmUpCount);
  return { noted: counted(noted), applied: counted(applied), rolledBack: counted(rolledBack) };
}

export function timed(count: number, act: (index: number) => void): Cost[] {
  return Array.from({ length: count }, (_, index) => {
    const [begin, cpu] = [performance.now(), cpuMs()];
    act(index);
    return costSince(begin, cpu);
  });
}

type PatchTimes = Awaited<ReturnType<typeof patchTimes>>;

const execute = promisify(execFile);

/** The same in a process that is started with these flags of Node. */
export async function patchTimesOf(
  flags: readonly string[],
  count: number,
  onDisk: boolean,
): Promise<PatchTimes> {
  const folder = await mkdtemp(join(tmpdir(), 'kintsugi-bench-'));
  const given = JSON.stringify({ count, journal: onDisk ? join(folder, 'journal') : undefined });
  const args = [...flags, import.meta.filename, given];
  const { stdout } = await execute(process.execPath, args, { maxBuffer: 2 ** 26 });
  await rm(folder, { recursive: true });
  return JSON.parse(stdout) as PatchTimes;
}

if (import.meta.main) {
  const { count, journal } = JSON.parse(process.argv[2]!) as { count: number; journal?: string };
  process.stdout.write(JSON.stringify(await patchTimes(count, journal)));
}
