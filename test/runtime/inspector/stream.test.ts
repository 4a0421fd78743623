import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { live, TestViewer } from '../../support/live.ts';

const doorMachine = setup({
  types: {} as { context: { count: number; apiKey: string; note: string }; events: DoorEvent },
  actions: {
    count: assign({ count: ({ context }) => context.count + 1 }),
    note: assign({ note: ({ event }) => (event as { text?: string }).text ?? '' }),
  },
  guards: { isWanted: ({ event }) => (event as unknown as Asking).wanted.yes },
  delays: { patience: 1_000 },
}).createMachine({
  id: 'door',
  context: { count: 0, apiKey: 'hidden-key', note: '' },
  initial: 'closed',
  states: {
    closed: {
      on: {
        OPEN: { target: 'open', actions: 'count' },
        ASK: { target: 'open', guard: 'isWanted' },
        NOTE: { actions: 'note' },
      },
    },
    open: { on: { CLOSE: 'closed' }, after: { patience: 'closed' } },
  },
});
type Asking = { readonly wanted: { readonly yes: boolean } };
type DoorEvent = { type: 'OPEN' | 'CLOSE' | 'ASK' | 'NOTE' };

const tree = () => supervisor({ id: 'app', children: [child({ id: 'door', logic: doorMachine })] });
const door = '/app/door';

describe('the live stream', () => {
  it('greets with the run, tells the tree, and then what happens', async () => {
    const { t, viewer } = await live({ tree: tree() });
    const seen = await viewer('operator');
    const hello = await seen.told('hello');
    expect(hello).toMatchObject({ protocol: 1, mode: 'live', role: 'operator' });
    expect(hello.run).toMatchObject({ host: 'custom', seed: 1 });
    const { actors } = await seen.told('tree');
    expect(actors.map(({ path }) => path)).toEqual(expect.arrayContaining(['/app', door]));
    t.send(door, { type: 'OPEN' });
    const frame = await seen.told('frame');
    const { seq, digest } = t.runtime;
    expect(frame).toMatchObject({ seqTo: seq, seqFrom: seq, digest, dropped: 0, gone: [] });
    expect(frame.actors).toMatchObject([{ path: door, value: 'open', turnCount: 1 }]);
    expect(frame.entries).toMatchObject([{ seq, path: door, type: 'OPEN', changed: [door] }]);
  });

  it('answers what is asked of now and of the past', async () => {
    const { t, viewer } = await live({ tree: tree() });
    const seen = await viewer();
    const first = t.runtime.seq;
    t.send(door, { type: 'OPEN' });
    const at = t.runtime.seq;
    const digest = t.runtime.digest;
    await t.advance(1_000);
    const now = await seen.ask({ type: 'detail', path: door });
    expect(now.context).toEqual({ count: 1, apiKey: '[redacted]', note: '' });
    expect(now.events).toEqual([
      { type: 'ASK' },
      { type: 'NOTE', can: true },
      { type: 'OPEN', can: true },
    ]);
    const moment = await seen.ask({ type: 'moment', seq: at });
    expect(moment).toMatchObject({ seq: at, digest });
    expect(moment.actors.find(({ path }) => path === door)).toMatchObject({ value: 'open' });
    const then = await seen.ask({ type: 'detail', path: door, seq: at });
    expect(then.timers).toMatchObject([{ dueAtMs: 1_000, setBySeq: at }]);
    const difference = await seen.ask({ type: 'difference', path: door, seq: at });
    expect(difference).toMatchObject({
      ...{ from: 'closed', to: 'open' },
      fields: [{ name: 'count', before: 0, after: 1 }],
    });
    const page = await seen.ask({ type: 'entries', query: { limit: 2 } });
    expect(page.entries.map(({ seq }) => seq)).toEqual([at + 1, at]);
    expect(page.next).toBe(first);
    const why = await seen.ask({ type: 'explain', seq: at });
    expect(why.changed).toMatchObject([{ path: door, from: 'closed', to: 'open' }]);
    const { messages } = await seen.ask({ type: 'messages', from: at, until: at });
    expect(messages).toMatchObject([{ seq: at, to: door, type: 'OPEN' }]);
    const { chart } = await seen.ask({ type: 'chart', machine: 'door' });
    expect(chart.nodes.map(({ name }) => name)).toEqual(['door', 'closed', 'open']);
  });

  it('is not opened without a token, or by a page of another site', async () => {
    const { server, tokens, hub } = await live();
    const token = `token.${tokens.viewer}`;
    const tries = [
      new TestViewer(server.url, ['kintsugi.1']),
      new TestViewer(server.url, ['kintsugi.1', 'token.AAAA']),
      new TestViewer(server.url, ['kintsugi.1', token], { origin: 'https://evil.example' }),
      new TestViewer(server.url, ['kintsugi.1', token], { host: 'evil.example' }),
    ];
    for (const one of tries) {
      await one.closed;
      expect(one.messages).toEqual([]);
    }
    expect(hub.listenerCount).toBe(0);
  });
});
