import { describe, expect, it, onTestFinished } from 'vitest';
import { child } from '../../../actors/child.ts';
import { Hub, type Listener } from '../../../runtime/inspector/hub.ts';
import { LiveSource } from '../../../runtime/inspector/live-source.ts';
import type { Frame, ServerMessage } from '../../../runtime/inspector/protocol.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';
import { door, doorMachine, doorTree, lifeOf } from '../../support/live.ts';

/** A listener that says when it is ready, and keeps what it is told. */
class Ear implements Listener {
  isReady = true;
  readonly messages: ServerMessage[] = [];
  readonly ended: string[] = [];
  private readonly waiting = new Set<() => void>();

  send(text: string): void {
    this.messages.push(JSON.parse(text) as ServerMessage);
    for (const look of [...this.waiting]) look();
  }

  end(why: string): void {
    this.ended.push(why);
    for (const look of [...this.waiting]) look();
  }

  get frames(): Frame[] {
    return this.messages.filter((message) => message.type === 'frame');
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  get types(): string[] {
    return this.messages.map(({ type }) => type);
  }
}

async function watched() {
  const t = await testRuntime({ tree: doorTree() });
  onTestFinished(() => t.runtime.stop());
  const life = lifeOf(t.runtime);
  const source = new LiveSource(life);
  const hub = new Hub({ source, frameMs: 1 });
  onTestFinished(() => hub.close());
  return { t, hub, source, watchers: life.core.watchers };
}

describe('the hub', () => {
  it('is attached while somebody listens, and at no other time', async () => {
    const { hub, watchers } = await watched();
    const before = watchers.length;
    const leave = hub.join(new Ear());
    const leaveToo = hub.join(new Ear());
    expect(watchers.length).toBe(before + 1);
    leave();
    leave();
    expect(watchers.length).toBe(before + 1);
    leaveToo();
    expect(watchers.length).toBe(before);
    const again = hub.join(new Ear());
    expect(watchers.length).toBe(before + 1);
    again();
    expect(watchers.length).toBe(before);
  });

  it('tells many turns in one frame: each actor once, the newest entries in order', async () => {
    const { t, hub } = await watched();
    const ear = new Ear();
    hub.join(ear);
    const first = t.runtime.seq + 1;
    for (let i = 0; i < 250; i++) t.send(door, { type: 'NOTE', text: `${i}` });
    const last = t.runtime.seq;
    await ear.until(() => ear.frames.length > 0);
    const [frame] = ear.frames;
    expect(frame).toMatchObject({ seqFrom: first, seqTo: last, digest: t.digest() });
    expect(frame!.actors).toMatchObject([{ path: door, turnCount: 250 }]);
    expect(frame!.entries.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_, i) => last - 99 + i),
    );
    t.send(door, { type: 'OPEN' });
    await ear.until(() => ear.frames.length > 1);
    expect(ear.frames[1]).toMatchObject({ seqFrom: last + 1, seqTo: last + 1 });
    expect(ear.frames[1]!.actors).toMatchObject([{ path: door, turnCount: 251, value: 'open' }]);
    expect(ear.frames[1]!.entries.map(({ seq }) => seq)).toEqual([last + 1]);
  });

  it('drops frames for those who are behind, then tells how many, and the whole tree', async () => {
    const { t, hub } = await watched();
    const [slow, fast] = [new Ear(), new Ear()];
    hub.join(slow);
    hub.join(fast);
    slow.isReady = false;
    for (let i = 1; i <= 3; i++) {
      t.send(door, { type: 'NOTE' });
      await fast.until(() => fast.frames.length === i);
    }
    expect(slow.types).toEqual(['tree']);
    slow.isReady = true;
    t.send(door, { type: 'OPEN' });
    await slow.until(() => slow.frames.length > 0);
    expect(slow.types).toEqual(['tree', 'tree', 'frame']);
    expect(slow.frames[0]!.dropped).toBe(3);
    expect(fast.frames.at(-1)!.dropped).toBe(0);
    expect(fast.types.filter((type) => type === 'tree')).toHaveLength(1);
    t.send(door, { type: 'CLOSE' });
    await slow.until(() => slow.frames.length > 1);
    expect(slow.frames[1]!.dropped).toBe(0);
    expect(slow.types).toEqual(['tree', 'tree', 'frame', 'frame']);
  });

  it('tells the tree anew when it has another shape, and who is gone', async () => {
    const { t, hub } = await watched();
    const ear = new Ear();
    hub.join(ear);
    await t.runtime.spawn('/app', child({ id: 'gate', logic: doorMachine }));
    await ear.until(() => ear.frames.length > 0);
    expect(ear.types).toEqual(['tree', 'tree', 'frame']);
    const trees = () => ear.messages.filter((message) => message.type === 'tree');
    expect(
      trees()
        .at(-1)!
        .actors.map(({ path }) => path),
    ).toContain('/app/gate');
    await t.runtime.restart(door);
    await ear.until(() => ear.frames.length > 1);
    const rows = ear.frames.slice(1).flatMap(({ actors }) => actors);
    expect(rows).toContainEqual(expect.objectContaining({ path: door, incarnation: 1 }));
  });

  it('is switched off by an error of its own, and the runtime goes on', async () => {
    const { t, hub, source, watchers } = await watched();
    const before = watchers.length;
    const ear = new Ear();
    hub.join(ear);
    source.row = () => {
      throw new Error('broken in a test');
    };
    t.send(door, { type: 'OPEN' });
    await ear.until(() => ear.ended.length > 0);
    expect(ear.ended[0]).toContain('broken in a test');
    expect(hub.failure).toContain('switched off');
    expect(watchers.length).toBe(before);
    expect(t.send(door, { type: 'CLOSE' })).toBe(true);
    expect(t.snapshot(door)?.value).toBe('closed');
    const late = new Ear();
    hub.join(late);
    expect(late.ended).toEqual([hub.failure]);
    expect(late.messages).toEqual([]);
  });
});
