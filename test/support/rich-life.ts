/** Random lives of the rich machines, short ones: a journal of everything that can happen. */
import fc from 'fast-check';
import { child, supervisor } from '../../actors/child.ts';
import type { EventLog } from '../../actors/ports.ts';
import { simulatedClock } from '../../runtime/clock/simulated.ts';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { Journal } from '../../runtime/journal/journal.ts';
import { memoryLog } from '../../runtime/journal/memory-log.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type CrashPlace, keeper, leaf, peer, provided, rich, world } from './rich-machines.ts';

export const richTree = supervisor({
  id: 'app',
  intensity: 100_000,
  children: [
    child({ id: 'rich', logic: rich, input: { name: 'R' }, actions: 'inTurn' }),
    child({ id: 'peer', logic: peer, memory: 'snapshot' }),
    child({ id: 'provided', logic: provided, input: { name: 'P' } }),
    child({ id: 'keeper', logic: keeper, restart: 'transient' }),
    supervisor({
      id: 'brittle',
      periodMs: 40,
      children: [child({ id: 'one', logic: leaf }), child({ id: 'two', logic: leaf })],
    }),
  ],
});

const paths = ['/app/rich', '/app/rich', '/app/provided', '/app/peer', '/app/keeper'];
const leaves = ['/app/rich/first', '/app/rich/sub', '/app/brittle/one', '/app/brittle/two'];
const types = [
  ...['INC', 'INC', 'SPAWN', 'SPAWN_INLINE', 'SPAWN_TWICE', 'STOP_KID', 'POKE', 'PEER'],
  ...['PEER_LATER', 'LATER', 'SELF', 'RUN', 'RUN', 'NEXT', 'PAUSE', 'OFF', 'BACK', 'OBS', 'OBS'],
  ...['LINK', 'LINK', 'ASK', 'SUB_GO', 'UNLINK', 'KID_BOOM', 'THROWS', 'PARENT', 'unknown'],
  ...['HELLO', 'HELLO', 'BOOM', 'MEET', 'GO', 'END'],
];
const places: CrashPlace[] = ['note', 'entry', 'exit', 'leaf', 'receive', 'dispose', 'start'];

export const richCommand = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      path: fc.constantFrom(...paths, ...leaves),
      type: fc.constantFrom(...types),
    }),
  },
  { weight: 4, arbitrary: fc.record({ ms: fc.nat(70) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      world: fc.constantFrom('resolve', 'reject', 'next', 'error', 'event', 'callback'),
      which: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ place: fc.constantFrom(...places), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ downMs: fc.nat(50) }) },
);
export type RichCommand = typeof richCommand extends fc.Arbitrary<infer C> ? C : never;

const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % list.length];

const disturbances: Record<string, (which: number) => void> = {
  resolve: (which) => pick(world.promises, which)?.resolve({ value: which }),
  reject: (which) => pick(world.promises, which)?.reject(new RangeError(`no ${which}`)),
  next: (which) => pick(world.subjects, which)?.next(which),
  error: (which) => pick(world.subjects, which)?.error(new Error(`subject ${which}`)),
  event: (which) => pick(world.eventSubjects, which)?.next({ type: 'TICKED' }),
  callback: (which) => pick(world.callbacks, which)?.({ type: 'FED' }),
};

/** Lives through the commands; the world is calm again afterwards. */
export async function liveRichly(commands: readonly RichCommand[]): Promise<EventLog> {
  world.reset();
  const log = memoryLog();
  let startMs = 0;
  let runtime: Runtime | undefined;
  let clock = simulatedClock({ startMs });
  const boot = async () => {
    clock = simulatedClock({ startMs });
    runtime = await createRuntime({ tree: richTree, clock, journal: new Journal(log) });
    await runtime.start();
    await clock.settle();
  };
  await boot();
  for (const command of commands) {
    if ('path' in command) runtime!.send(command.path, { type: command.type });
    else if ('ms' in command) await clock.advance(command.ms);
    else if ('world' in command) disturbances[command.world]!(command.which);
    else if ('place' in command) world.crashes[command.on ? 'add' : 'delete'](command.place);
    else {
      await runtime!.stop();
      startMs = clock.now() + command.downMs;
      await boot();
    }
    await clock.settle();
  }
  world.crashes.clear();
  await runtime!.stop();
  return log;
}
