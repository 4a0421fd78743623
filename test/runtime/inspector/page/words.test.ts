import { describe, expect, it } from 'vitest';
import {
  clockTime,
  eventWords,
  nameOf,
  short,
  stateText,
  timeLeft,
} from '../../../../runtime/inspector/page/words.ts';

describe('words', () => {
  it.each([
    [0, '0:00'],
    [-5_000, '0:00'],
    [1, '0:01'],
    [65_000, '1:05'],
    [3_600_000, '1 h 00 m'],
    [3 * 86_400_000, '3 days'],
  ])('says %d ms as %s', (ms, text) => {
    expect(timeLeft(ms)).toBe(text);
  });

  it('says values on one line', () => {
    expect([0.55, 'x', null, true, [], [1, 2], {}, { a: 1 }].map(short)).toEqual([
      ...['0.55', 'x', 'null', 'true', '[]', '2 items', '0 fields', '1 field'],
    ]);
    expect(short(undefined)).toBe('');
  });

  it('says states with their regions', () => {
    expect(stateText('open')).toBe('open');
    expect(stateText({ circuit: { half: 'probing' }, backoff: 'base', lone: {} })).toBe(
      'circuit.half.probing, backoff.base, lone',
    );
    expect(clockTime(Date.UTC(2022, 0, 21, 19, 41, 7, 412))).toBe('19:41:07.412');
    expect(clockTime(Date.UTC(2022, 0, 21, 19, 41, 7, 412), false)).toBe('19:41:07');
  });

  it('says events of XState as people read them', () => {
    expect(
      [
        'xstate.after.heartbeat.session.ready',
        'xstate.done.actor.0.session.pinging',
        'xstate.error.actor.login',
        'xstate.done.state.plan.acting',
        'xstate.promise.resolve',
        'CALL_FAILED',
        'xstate.unknown',
      ].map(eventWords),
    ).toEqual([
      ...['after heartbeat', 'done pinging', 'error login', 'done plan.acting'],
      ...['promise resolved', 'CALL_FAILED', 'xstate.unknown'],
    ]);
  });

  it('names what lies at a path by its last part, and what a state runs by the state', () => {
    expect(['/a/b', 'runtime', '/a/0.session.pinging'].map(nameOf)).toEqual([
      ...['b', 'runtime', 'pinging'],
    ]);
  });
});
