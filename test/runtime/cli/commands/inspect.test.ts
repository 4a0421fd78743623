import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CommandOptions } from '../../../../runtime/cli/command.ts';
import { run } from '../../../../runtime/cli/commands/inspect.ts';
import { door } from '../../../support/live.ts';
import { filesOf, privateFolder, recordedDoor, uploader } from '../../../support/recorded.ts';
import { fakeIo } from '../fake-io.ts';

/** The command up to where it serves, and the way to end it. */
async function inspecting(args: readonly string[], options: CommandOptions = {}) {
  const io = fakeIo();
  const stop = new AbortController();
  const served = Promise.withResolvers<void>();
  const write = io.stderr.write.bind(io.stderr);
  io.stderr.write = (text) => {
    write(text);
    if (text.includes('Ctrl-C ends it')) served.resolve();
  };
  const ended = run(args, options, io, stop);
  onTestFinished(() => stop.abort());
  await Promise.race([served.promise, ended]);
  const [, address = '', token = ''] =
    /(http:[\w.:/]+)\/#token=([\w-]+)/.exec(io.stdout.text) ?? [];
  const end = () => {
    stop.abort();
    return ended;
  };
  return { io, address, token, end };
}

const ask = async (address: string, token: string, path: string) => {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(address + path, { headers });
  const body: any = await response.json();
  return { status: response.status, body };
};

describe('kintsugi inspect', () => {
  it('serves the page over a journal for somebody who looks', async () => {
    const { dir, seq } = await recordedDoor();
    const { io, address, token, end } = await inspecting([dir]);
    expect(io.stdout.text).toContain(`${dir} up to seq ${seq}: http`);
    expect(io.stderr.text).toContain('Only its recorded turns are shown.');
    const { body } = await ask(address, token, '/api/run');
    expect(body).toMatchObject({ mode: 'recorded', head: { seq }, hasMachines: false });
    expect((await fetch(address)).status).toBe(200);
    const { status } = await uploader(address, token).call('POST', '');
    expect(status).toBe(404);
    expect(await end()).toBe(0);
    await expect(fetch(address)).rejects.toThrow();
  });

  it('without a folder lets an operator open journals, which are gone at its end', async () => {
    vi.stubEnv('TMPDIR', privateFolder());
    onTestFinished(() => void vi.unstubAllEnvs());
    const { dir, seq } = await recordedDoor();
    const { io, address, token, end } = await inspecting([], { json: true });
    expect(JSON.parse(io.stdout.text)).toEqual({ url: `${address}/#token=${token}` });
    const none = await ask(address, token, '/api/run');
    expect([none.status, none.body.type]).toEqual([404, 'urn:kintsugi:no-run']);
    const { id, body } = await uploader(address, token).upload(filesOf(dir));
    expect(body).toMatchObject({ state: 'open', hasMachines: false, head: { seq } });
    const detail = await ask(address, token, `/api/detail${door}?recording=${id}`);
    expect(detail.body).toMatchObject({ path: door, seq });
    expect(await end()).toBe(0);
  });

  it('says what is wrong with a folder', async () => {
    await expect(inspecting([privateFolder()])).rejects.toMatchObject({
      code: 'JOURNAL_UNAVAILABLE',
    });
  });
});
