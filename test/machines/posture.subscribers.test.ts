import { describe, expect, it } from 'vitest';
import { postureSettingsSchema } from '../../config/posture.ts';
import { postureMachine } from '../../machines/posture.ts';
import { stage } from '../support/stage.ts';

const settings = postureSettingsSchema.parse({});
const told = (region: string, state: string, at: number) => ({
  ...{ type: 'REGION_CHANGED', at, region, state, why: 'test' },
});
const subscribe = (path: string) => ({ type: 'SUBSCRIBE', path });
const start = (peers: readonly string[] = ['/a', '/b']) =>
  stage(postureMachine, { settings }, peers);

const nothing = { type: 'POSTURE_CHANGED', forbidden: [], quality: {} };
const level1 = {
  type: 'POSTURE_CHANGED',
  forbidden: ['analytics', 'backgroundTasks'],
  quality: { aiInference: 0.5, webSearch: 0.5 },
};

describe('a subscriber of the posture', () => {
  it('is answered at once, and after each change of the answer', () => {
    const posture = start();
    posture.send(told('degradation', 'level1', 5));
    posture.send(subscribe('/a'));
    expect(posture.sent('/a')).toEqual([{ ...level1, at: 5 }]);
    posture.send(told('degradation', 'level1', 6));
    expect(posture.sent('/a')).toEqual([]);
    posture.send(told('degradation', 'normal', 7));
    expect(posture.sent('/a')).toEqual([{ ...nothing, at: 7 }]);
    expect(posture.sent('/b')).toEqual([]);
  });

  it('is told of a change that settings make', () => {
    const posture = start();
    posture.send(told('degradation', 'level1', 5));
    posture.send(subscribe('/a'));
    posture.sent();
    const own = { degradation: { level1: { forbids: ['chat'], quality: {} } } };
    posture.send({ type: 'SETTINGS_CHANGED', settings: postureSettingsSchema.parse(own) });
    expect(posture.sent('/a')).toEqual([{ ...nothing, at: 5, forbidden: ['chat'] }]);
  });

  it('that asks twice is answered twice, and told once', () => {
    const posture = start();
    posture.send(subscribe('/a'));
    posture.send(subscribe('/a'));
    expect(posture.sent('/a')).toEqual([
      { ...nothing, at: 0 },
      { ...nothing, at: 0 },
    ]);
    posture.send(told('degradation', 'level1', 1));
    expect(posture.sent('/a')).toEqual([{ ...level1, at: 1 }]);
  });

  it('is told nothing after it has unsubscribed, and others still are', () => {
    const posture = start();
    posture.send(subscribe('/a'));
    posture.send(subscribe('/b'));
    posture.send({ type: 'UNSUBSCRIBE', path: '/a' });
    posture.sent();
    posture.send(told('degradation', 'level1', 1));
    expect(posture.sent('/a')).toEqual([]);
    expect(posture.sent('/b')).toHaveLength(1);
  });

  it('that is gone does no harm', () => {
    const posture = start();
    posture.send(subscribe('/gone'));
    posture.send(subscribe('/a'));
    posture.send(told('degradation', 'level1', 1));
    expect(posture.sent('/a')).toHaveLength(2);
    expect(posture.snapshot.context.subscribers).toEqual(['/gone', '/a']);
  });
});

describe('subscribers of the posture', () => {
  const many = Array.from({ length: 256 }, (_, i) => `/many/${i}`);

  it('are at most 256: one more is refused, told nothing, and named', () => {
    const posture = start([...many, '/late']);
    for (const path of many) posture.send(subscribe(path));
    posture.send(told('degradation', 'level1', 9));
    posture.sent();
    posture.emitted();
    posture.send(subscribe('/late'));
    expect(posture.sent('/late')).toEqual([]);
    expect(posture.emitted()).toEqual([
      { type: 'posture.subscriberRefused', at: 9, path: '/late', subscriberCountMax: 256 },
    ]);
    posture.send(subscribe('/many/3'));
    expect(posture.sent('/many/3')).toHaveLength(1);
    expect(posture.snapshot.context.subscribers).toEqual(many);
  });

  it('that are gone make room', () => {
    const posture = start([...many.slice(1), '/late']);
    for (const path of many) posture.send(subscribe(path));
    posture.send(subscribe('/late'));
    expect(posture.sent('/late')).toHaveLength(1);
    expect(posture.snapshot.context.subscribers).toEqual([...many.slice(1), '/late']);
  });
});
