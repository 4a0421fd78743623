/** What a journal says of the past: moments, details, differences, entries, reasons, messages. */
import type { AnyActor, AnyActorRef } from 'xstate';
import type { Core } from '../core.ts';
import type { Trace } from '../engine/seam.ts';
import { explain } from '../explain/explain.ts';
import { changesOf, takeBefore } from '../explain/turn-changes.ts';
import { Refusal } from '../http/problem.ts';
import type { InputLine } from '../journal/format.ts';
import { Cursor, type JournalSource, type TreeOptions } from './cursor.ts';
import { detailOf } from './detail.ts';
import type { Answers, Detail, Difference, Messages, Moment } from './protocol.ts';
import { actorRows } from './rows.ts';
import { shown } from './shown.ts';

/** Moments that are kept: a slider goes back and forth. */
const MOMENTS_MAX = 16;
const ENTRIES_MAX = 200;
const MESSAGES_MAX = 2_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class Past {
  private readonly source: JournalSource;
  private readonly options: TreeOptions;
  private readonly cursor: Cursor;
  private readonly moments = new Map<number, Moment>();

  constructor(source: JournalSource, options: TreeOptions) {
    this.source = source;
    this.options = options;
    this.cursor = new Cursor(source, options);
  }

  async moment(seq: number): Promise<Moment> {
    const known = this.moments.get(seq);
    if (known) return known;
    return this.cursor.alone(async () => {
      const core = await this.cursor.to(seq);
      const { at, digest } = core.engine;
      const moment = { seq, at, digest: digest.value, actors: actorRows(core) };
      if (this.moments.size >= MOMENTS_MAX) this.moments.delete(this.moments.keys().next().value!);
      this.moments.set(seq, moment);
      return moment;
    });
  }

  detail(path: string, seq: number): Promise<Detail> {
    return this.cursor.alone(async () => detailOf(await this.cursor.to(seq), path));
  }

  difference(path: string, seq: number): Promise<Difference> {
    return this.cursor.alone(async () => {
      const before = takeBefore(await this.cursor.to(seq - 1));
      const core = await this.cursor.to(seq);
      const { turn } = this.cursor;
      const changed = turn ? changesOf(core, turn, before) : [];
      const found = changed.find((change) => change.path === path);
      const { from, to, fields = [] } = found ?? {};
      return {
        path,
        seq,
        ...(from !== undefined && { from: shown(from) }),
        ...(to !== undefined && { to: shown(to) }),
        fields: fields.map((field) => fieldOf(field)),
      } as Difference;
    });
  }

  async explain(seq: number): Promise<Answers['explain']> {
    const explanation = await this.cursor.alone(() => explain(this.source, { seq }, this.options));
    return shown(explanation) as unknown as Answers['explain'];
  }

  messages(from: number, until: number): Promise<Messages> {
    if (until < from || until - from >= ENTRIES_MAX) {
      const text = `Messages of at most ${ENTRIES_MAX} entries, first seq before the last one.`;
      return Promise.reject(new Refusal(400, 'BAD_REQUEST', text));
    }
    return this.cursor.alone(async () => {
      const core = await this.cursor.to(from - 1);
      const trace = new MessageTrace(core);
      core.engine.kernel.trace = trace;
      try {
        await this.cursor.to(until, (input) => trace.begin(input));
      } finally {
        core.engine.kernel.trace = undefined;
      }
      return trace.found;
    });
  }

  close(): void {
    this.moments.clear();
    void this.cursor.alone(async () => this.cursor.drop());
  }
}

/** A field of a name that means a secret shows that it changed, and nothing else. */
function fieldOf({ name, ...values }: Difference['fields'][number]): Difference['fields'][number] {
  const rows = Object.entries(values).map(([when, value]) => {
    const { [name]: safe } = shown({ [name]: value }) as Record<string, unknown>;
    return [when, safe];
  });
  return { name, ...Object.fromEntries(rows) };
}

const nothing = () => {};

/** Writes down who is sent what. */
class MessageTrace implements Trace {
  readonly found: Mutable<Messages> = { messages: [], leftOut: 0 };
  private readonly core: Core;
  private input: InputLine | undefined;
  private depth = 0;
  readonly created = nothing;
  readonly started = nothing;
  readonly stopped = nothing;
  readonly stepped = nothing;

  constructor(core: Core) {
    this.core = core;
  }

  begin(input: InputLine): void {
    this.input = input;
    this.depth = 0;
  }

  delivering(
    source: AnyActorRef | undefined,
    target: AnyActor,
    event: { readonly type: string },
  ): void {
    const { paths } = this.core.engine;
    const { depth, input } = this;
    this.depth++;
    if (!input) return;
    if (this.found.messages.length >= MESSAGES_MAX) {
      this.found.leftOut++;
      return;
    }
    const from = source ? { from: paths.of(source) } : {};
    const { seq, at } = input;
    this.found.messages.push({ seq, at, ...from, to: paths.of(target), type: event.type, depth });
  }

  delivered(): void {
    this.depth--;
  }
}
