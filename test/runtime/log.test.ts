import { describe, expect, it } from 'vitest';
import { logSettingsSchema } from '../../config/log.ts';
import { createLogger } from '../../runtime/log.ts';

function stream(isTTY = false) {
  const lines: string[] = [];
  return { lines, isTTY, write: (line: string) => void lines.push(line) };
}

describe('createLogger', () => {
  it('writes JSON with level names to anything that is no terminal', async () => {
    const target = stream();
    const log = await createLogger(logSettingsSchema.parse({}), target);
    log.info({ path: '/app' }, 'started');
    log.debug('hidden');
    expect(target.lines).toHaveLength(1);
    expect(JSON.parse(target.lines[0]!)).toMatchObject({
      level: 'info',
      path: '/app',
      msg: 'started',
    });
  });

  it('writes for people to a terminal, at once', async () => {
    const target = stream(true);
    const log = await createLogger(logSettingsSchema.parse({}), target);
    log.warn('careful');
    expect(target.lines[0]).toContain('WARN');
    expect(target.lines[0]).toContain('careful');
    expect(() => JSON.parse(target.lines[0]!)).toThrow();
  });

  it('does as format says', async () => {
    const json = stream(true);
    (await createLogger({ level: 'info', format: 'json' }, json)).info('x');
    expect(JSON.parse(json.lines[0]!).msg).toBe('x');
    const pretty = stream();
    (await createLogger({ level: 'info', format: 'pretty' }, pretty)).info('x');
    expect(pretty.lines[0]).toContain('INFO: x');
  });

  it('leaves secrets out, also those of a child logger, and keeps errors', async () => {
    const target = stream();
    const log = await createLogger(logSettingsSchema.parse({}), target);
    const child = log.child({ login: { password: 'p4ss' } });
    child
      .child({ token: 't0ken' })
      .error({ request: { headers: { Authorization: 'b34rer' } }, err: new Error('broke') }, 'x');
    const text = target.lines.join('');
    expect(text).not.toMatch(/p4ss|b34rer|t0ken/);
    expect(JSON.parse(text).err.message).toBe('broke');
  });

  it('is silent when told so', async () => {
    const target = stream();
    (await createLogger({ level: 'silent', format: 'json' }, target)).fatal('x');
    expect(target.lines).toEqual([]);
  });
});
