import { expect, it } from 'vitest';
import { entryLine } from '../../../runtime/cli/entry-line.ts';
import type { JournalEntry } from '../../../runtime/export/entry.ts';

const entry = (more: Partial<JournalEntry> = {}): JournalEntry => ({
  seq: 7,
  at: '2022-01-30T00:24:00.000Z',
  atMs: 0,
  kind: 'event',
  path: '/a/b',
  type: 'GO',
  event: {},
  cause: null,
  class: 'normal',
  changed: [],
  down: [],
  facts: [],
  effects: [],
  dead: [],
  timers: [],
  threw: {},
  ...more,
});

it('says time, seq, actor and event, and nothing more when nothing came of it', () => {
  expect(entryLine(entry())).toBe('2022-01-30T00:24:00.000Z  7  /a/b  GO');
  expect(entryLine(entry({ path: '' }))).toBe('2022-01-30T00:24:00.000Z  7  runtime  GO');
});

it('says what came of it: states, ends, facts, effects, dead letters, timers', () => {
  const line = entryLine(
    entry({
      changed: [
        { path: '/a/b', to: 'open' },
        { path: '/a/b/c', to: { status: 'stopped' } },
        { path: '/a/bc', to: { power: 'on' } },
        { path: '/x', fields: { price: 5 } },
      ],
      down: [{ path: '/y', why: 'died' }],
      facts: [{ type: 'breaker.opened' }, 5],
      effects: [{ id: '7.0', port: 'ping' }],
      dead: [{ path: '/z', type: 'T', why: 'no actor' }],
      timers: [{ path: '/a/b', id: 't', policy: 'drop' }],
    }),
  );
  expect(line.split(' -> ')[1]).toBe(
    'open; c stopped; /a/bc {"power":"on"}; /y went down: died; fact breaker.opened; fact 5; ' +
      'asks ping; dead letter T to /z: no actor; timer t of /a/b: drop',
  );
});

it('lets no name steer a terminal or begin a line, and shortens what is long', () => {
  const line = entryLine(
    entry({ type: 'A\u001b[31m\nB\u202e', down: [{ path: '/y', why: 'x'.repeat(999) }] }),
  );
  expect(line).toContain('A\\u{1b}[31m\\u{a}B\\u{202e} -> /y went down: xxx');
  expect(line.length).toBeLessThan(300);
  expect(line.endsWith('x…')).toBe(true);
});
