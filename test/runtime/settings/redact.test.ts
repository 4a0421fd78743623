import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, redact } from '../../../runtime/settings/redact.ts';
import { runs } from './example.ts';

describe('redact', () => {
  it('replaces the values of secret-looking keys at any depth', () => {
    const value = { user: 'a', login: { Password: 'p', list: [{ api_key: 'k', n: 1 }] } };
    expect(redact(value)).toEqual({
      user: 'a',
      login: { Password: '[redacted]', list: [{ api_key: '[redacted]', n: 1 }] },
    });
  });

  it('replaces whole groups under a secret-looking name', () => {
    expect(redact({ clientSecret: { value: 'x' } })).toEqual({ clientSecret: '[redacted]' });
  });

  it('knows the names of secrets in any spelling, and leaves counts of tokens alone', () => {
    for (const name of [
      'password',
      'dbPassword',
      'SECRET',
      'accessToken',
      'X-Api-Key',
      'private_key',
    ]) {
      expect([name, isSecretName(name)]).toEqual([name, true]);
    }
    expect(isSecretName('Authorization')).toBe(true);
    for (const name of ['tokenCountMax', 'tokensPerSecond', 'user', 'passCount', 'key']) {
      expect([name, isSecretName(name)]).toEqual([name, false]);
    }
  });

  it('does not change its input', () => {
    const value = Object.freeze({ login: Object.freeze({ token: 't' }) });
    redact(value);
    expect(value).toEqual({ login: { token: 't' } });
  });

  it('copies values that contain themselves, and keeps errors and dates', () => {
    const value: Record<string, unknown> = { token: 't', error: new Error('e'), date: new Date(0) };
    value.self = value;
    const copy = redact(value);
    expect(copy.self).toBe(copy);
    expect(copy.token).toBe('[redacted]');
    expect(copy.error).toBe(value.error);
    expect(copy.date).toBe(value.date);
  });

  it('never leaks a secret, whatever surrounds it', () => {
    const marker = 'S3CR3T-MARKER';
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.string({ maxLength: 6 }), tie('node'), { maxKeys: 3 }),
        fc
          .tuple(
            fc.constantFrom('password', 'Secret', 'apiKey', 'PRIVATE_KEY', 'botToken'),
            tie('node'),
          )
          .map(([name, rest]) => ({ [name]: { marker, rest }, rest })),
        fc.constant({ nested: { authorization: [marker] } }),
      ),
    })).node;
    fc.assert(
      fc.property(tree, (value) => {
        const before = JSON.stringify(value);
        expect(JSON.stringify(redact(value)) ?? '').not.toContain(marker);
        expect(JSON.stringify(value)).toBe(before);
      }),
      runs,
    );
  });
});
