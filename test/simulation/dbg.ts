import { Storm } from './patch-storm.ts';

const [seed, id] = [Number(process.argv[2]), process.argv[3]];
const storm = new Storm(seed);
try {
  await storm.run(40);
} catch (e) {
  console.log(String((e as Error).message).slice(0, 600));
}
const w = (storm as any).watch;
for (const [seq, facts] of w.facts)
  for (const f of facts)
    if (!id || f.id === id || f.type === 'secr.reset')
      console.log(seq, JSON.stringify(f).slice(0, 300));
for (const [seq, c] of w.changes) console.log(seq, JSON.stringify(c).slice(0, 200));
for (const r of (storm as any).trail ?? []) console.log(r);
process.exit();
