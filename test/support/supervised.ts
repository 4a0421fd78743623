/** Trees of small parts whose starts and ends are written down in order. */
import { expect } from 'vitest';
import { assign, setup } from 'xstate';
import {
  type AnySpec,
  type ChildScope,
  type ChildSpec,
  child,
  type SupervisorSpec,
} from '../../actors/child.ts';
import type { Fact, RuntimeOptions } from '../../runtime/options.ts';
import { type TestRuntime, testRuntime } from '../../runtime/testing/test-runtime.ts';
import { expectRestores } from './expect-restores.ts';

export interface PartInput {
  /** Time that it uses to shut down, ms; without it, it does not react to `SHUTDOWN`. */
  readonly closesInMs?: number;
  /** It crashes while it shuts down. */
  readonly crashesClosing?: boolean;
  /** It crashes at its start. */
  readonly fails?: boolean;
}

type PartEvent =
  | { type: 'ADD' }
  | { type: 'CRASH' }
  | { type: 'END' }
  | { type: 'WAIT'; ms: number }
  | { type: 'SHUTDOWN' };

const fail = (why: string): never => {
  throw new Error(why);
};

/** Adds up, crashes, ends, and closes in its own time. */
export const partMachine = setup({
  types: {
    context: {} as PartInput & { count: number },
    input: {} as PartInput | undefined,
    events: {} as PartEvent,
  },
  delays: { closing: ({ context }) => context.closesInMs ?? 0 },
  guards: { hasToClose: ({ context }) => context.closesInMs !== undefined },
  actions: {
    add: assign({ count: ({ context }) => context.count + 1 }),
    crash: assign(() => fail('boom')),
    crashClosing: assign(({ context }) => (context.crashesClosing ? fail('slammed') : {})),
    start: assign(({ context }) => (context.fails ? fail('no start') : {})),
  },
}).createMachine({
  id: 'part',
  context: ({ input }) => ({ ...input, count: 0 }),
  entry: 'start',
  initial: 'open',
  on: { CRASH: { actions: 'crash' }, END: '.ended' },
  states: {
    open: {
      on: {
        ADD: { actions: 'add' },
        SHUTDOWN: { guard: 'hasToClose', target: 'closing', actions: 'crashClosing' },
      },
    },
    closing: { after: { closing: 'ended' } },
    ended: { type: 'final' },
  },
});

type PartSpec = Omit<Partial<Parameters<typeof child>[0]>, 'input' | 'id' | 'logic'> & {
  readonly input?: PartInput | ((scope: ChildScope) => PartInput);
};

export const part = (id: string, spec: PartSpec = {}): ChildSpec =>
  child({ id, logic: partMachine, ...spec });

/** Fails to start from the given incarnation on, for some tries. */
export const failing =
  (from: number, tries: number) =>
  ({ incarnation }: ChildScope): PartInput => ({
    fails: incarnation >= from && incarnation < from + tries,
  });

export interface Scene {
  readonly t: TestRuntime;
  /** What started and ended since it was asked last, as in `crashed a, restarted a`. */
  take(): string;
  /** Facts of a type since the beginning. */
  facts(type: string): Fact[];
  crash(...ids: string[]): void;
  end(...ids: string[]): void;
  /** Ids of the children of the root that run. */
  up(): string;
}

/** What the log says, without `/app/` and reasons. */
function recorder(lines: string[]) {
  const write = (_: object, text: string) => {
    const [, path, what] =
      /^(\/\S+) (started|restarted|crashed|stopped|killed|ended)/.exec(text) ?? [];
    if (path) lines.push(`${what} ${path.replace(/^\/app\/?/, '') || 'app'}`);
  };
  const names = ['debug', 'info', 'warn', 'error', 'fatal'];
  const logger = Object.fromEntries(names.map((name) => [name, write]));
  return { ...logger, isLevelEnabled: () => false } as unknown as NonNullable<
    RuntimeOptions['logger']
  >;
}

/**
 * Plays a scene, then replays what was journaled, also from so many moments on: nothing may differ.
 */
export async function supervised(
  tree: SupervisorSpec,
  play: (scene: Scene) => Promise<void> | void,
  children?: Readonly<Record<string, AnySpec>>,
  restoredCount = 2,
): Promise<void> {
  const lines: string[] = [];
  const facts: Fact[] = [];
  const given = children ? { children } : {};
  await using t = await testRuntime({ tree, logger: recorder(lines), ...given });
  t.runtime.on('*', (fact) => facts.push(fact));
  const all = (type: string) => (ids: string[]) => {
    for (const id of ids) t.send(`/app/${id}`, { type });
  };
  await play({
    t,
    take: () => lines.splice(0).join(', '),
    facts: (type) => facts.filter((fact) => fact.type === type),
    crash: (...ids) => all('CRASH')(ids),
    end: (...ids) => all('END')(ids),
    up: () => (t.runtime.tree()[0]?.children ?? []).filter(isActive).map(nameOf).join(' '),
  });
  const replay = await t.replay();
  expect(replay.divergence).toBeUndefined();
  expect(replay.digest).toBe(t.digest());
  if (restoredCount > 0) await expectRestores(t.runtime, restoredCount);
}

const isActive = ({ status }: { status: string }) => status === 'active';
const nameOf = ({ path }: { path: string }) => path.slice(path.lastIndexOf('/') + 1);
