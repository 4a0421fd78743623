/** Many storms of patches: `node test/simulation/patch-storms-long.ts COUNT [SEED]`. */
import { Storm } from './patch-storm.ts';

const [count = 10_000, first = 1] = process.argv.slice(2).map(Number);
const total: Record<string, number> = {};

for (let seed = first; seed < first + count; seed += 1) {
  const storm = new Storm(seed);
  try {
    await storm.run(40);
    if (seed % 100 === 0) await storm.expectReplays();
  } catch (error) {
    process.stderr.write(`seed ${seed}: ${(error as Error).message}\n`);
    process.exit(1);
  }
  for (const [name, n] of Object.entries(storm.counts)) total[name] = (total[name] ?? 0) + n;
  if ((seed + 1 - first) % 500 === 0) {
    process.stderr.write(`${seed + 1 - first} storms ${JSON.stringify(total)}\n`);
  }
}
process.stdout.write(`${count} storms held: ${JSON.stringify(total)}\n`);
process.exit();
