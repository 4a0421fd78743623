/** A life from the start to the end, when things go wrong on the way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { supervisor } from '../../actors/child.ts';
import { settingsSchema } from '../../config/settings.ts';
import { systemClock } from '../../runtime/clock/system.ts';
import { fileJournal } from '../../runtime/journal/open.ts';
import { Lifecycle, type Part } from '../../runtime/lifecycle.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kintsugi-life-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const settings = settingsSchema.parse({});
const silent = { onRepair() {}, onNewKey() {} };

function life(...parts: Part[]): Lifecycle {
  const journal = fileJournal(join(folder, 'journal'), settings.journal, silent);
  const tree = supervisor({ id: 'app', children: [] });
  const clock = systemClock();
  const options = { tree, clock, settings, wanted: settings, isContinued: false };
  const made = new Lifecycle(options, journal, 1);
  for (const part of parts) made.join(part);
  return made;
}

/** Nobody holds the journal any more. */
async function expectFree(): Promise<void> {
  const next = life();
  await next.start();
  await next.stop();
}

/** Notes what it is told; what it is named for fails. */
const noting = (notes: string[], name: string, fails?: keyof Part): Part => {
  const note = (what: keyof Part) => () => {
    notes.push(`${name} ${what}`);
    if (what === fails) throw new Error(`${name} ${what}`);
  };
  const [open, close] = [note('open'), note('close')];
  return { beforeEnd: note('beforeEnd'), open: async () => open(), close };
};

describe('a stop while it starts', () => {
  it('waits for the start, and gives the journal back', async () => {
    const one = life();
    const started = one.start();
    expect(one.status).toBe('starting');
    const stopped = one.stop();
    await Promise.all([started, stopped]);
    expect(one.status).toBe('stopped');
    await expect(one.done).resolves.toBeUndefined();
    await expectFree();
  });

  it('closes what was opened meanwhile, after it was opened', async () => {
    const notes: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow: Part = {
      open: async () => {
        await promise;
        notes.push('slow open');
      },
      close: () => void notes.push('slow close'),
    };
    const one = life(slow, noting(notes, 'other'));
    const started = one.start();
    const stopped = one.stop();
    resolve();
    await Promise.all([started, stopped]);
    const closed = ['slow close', 'other close'];
    expect(notes).toEqual(['slow open', 'other open', 'other beforeEnd', ...closed]);
  });
});

describe('two starts at once', () => {
  it('are one', async () => {
    const one = life();
    await Promise.all([one.start(), one.start()]);
    expect([one.status, one.core.engine.seq]).toEqual(['running', 1]);
    await one.stop();
  });
});

describe('a part that cannot open', () => {
  it('fails the start: nothing runs on, and all is closed', async () => {
    const notes: string[] = [];
    const one = life(noting(notes, 'first', 'open'), noting(notes, 'second'));
    await expect(one.start()).rejects.toThrow('first open');
    expect([one.status, one.core.engine.mode]).toEqual(['failed', 'closed']);
    await expect(one.done).rejects.toThrow('first open');
    expect(() => one.assertRunning()).toThrow('first open');
    expect(notes).toEqual(['first open', 'first close', 'second close']);
    await one.stop();
    expect([one.status, notes.length]).toEqual(['failed', 3]);
    await expectFree();
  });
});

describe('a failure while parts open', () => {
  it('opens no other part', async () => {
    const notes: string[] = [];
    const one = life(
      { open: async () => one.fail(new Error('just now')) },
      noting(notes, 'second'),
    );
    await one.start();
    expect([one.status, notes]).toEqual(['failed', []]);
    await one.stop();
    await expectFree();
  });
});

describe('a part that fails at the end', () => {
  it.each(['beforeEnd', 'close'] as const)('by %s keeps nothing else open', async (fails) => {
    const notes: string[] = [];
    const one = life(noting(notes, 'first', fails), noting(notes, 'second'));
    await one.start();
    await expect(one.stop()).rejects.toThrow(`first ${fails}`);
    expect(one.status).toBe('failed');
    await expect(one.done).rejects.toThrow(`first ${fails}`);
    expect(notes).toContain('second beforeEnd');
    expect(notes).toContain('second close');
    await expectFree();
  });
});

describe('a failure while it stops', () => {
  it('is what it ends with', async () => {
    const one = life({ beforeEnd: () => one.fail(new Error('just now')) });
    await one.start();
    await one.stop();
    expect(one.status).toBe('failed');
    await expect(one.done).rejects.toThrow('just now');
    await expectFree();
  });
});
