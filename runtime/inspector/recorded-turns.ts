/**
 * What the turns of a journal say by themselves, without the machines that wrote it: states, fields
 * that changed, ends. What nothing was ever written about is not known.
 */
import { Digest } from '../engine/digest.ts';
import { isEnded } from '../explain/values.ts';
import { typeOf } from '../export/entry.ts';
import { Refusal } from '../http/problem.ts';
import { type InputLine, isInput, isTurn, type Json, type TurnLine } from '../journal/format.ts';
import { type ReadLine, readJournal } from '../journal/read.ts';
import type { JournalSource } from './cursor.ts';
import type { ActorRow, Detail, Difference, Messages, Moment } from './protocol.ts';
import { shown } from './shown.ts';

/** Name of a machine that nothing is known of. */
const UNKNOWN = 'unknown';

interface Seen {
  value: Json | undefined;
  status: ActorRow['status'];
  lastError: string | undefined;
  incarnation: number;
  sinceMs: number;
  readonly fields: Map<string, Json>;
}

/** The tree after some turns, as far as they tell. */
class Fold {
  readonly seen = new Map<string, Seen>();
  readonly digest = new Digest();
  seq = 0;
  at = 0;

  add(input: InputLine, line: TurnLine): void {
    this.seq = input.seq;
    this.at = input.at;
    this.digest.add(`${JSON.stringify(input)}\n${JSON.stringify(line)}\n`);
    for (const { path, to, fields = {}, incarnation = 0 } of line.changed ?? []) {
      const seen = this.place(path, incarnation);
      if (to !== undefined) {
        seen.value = isEnded(to) ? to.value : to;
        seen.status = isEnded(to) ? (to.status as ActorRow['status']) : 'active';
      }
      for (const [name, value] of Object.entries(fields)) seen.fields.set(name, value);
    }
    for (const { path, why } of line.down ?? []) {
      const seen = this.seen.get(path);
      if (!seen) continue;
      seen.status = 'down';
      seen.lastError = why;
    }
  }

  private place(path: string, incarnation: number): Seen {
    const known = this.seen.get(path);
    if (known && known.incarnation === incarnation && known.status !== 'down') return known;
    const { at: sinceMs } = this;
    const lastError = known?.lastError;
    const rest = { lastError, incarnation, sinceMs, fields: new Map<string, Json>() };
    const seen: Seen = { value: undefined, status: 'active', ...rest };
    this.seen.set(path, seen);
    return seen;
  }

  rows(): ActorRow[] {
    const paths = [...this.seen.keys()].sort();
    const parents = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))));
    return paths.map((path) => {
      const { value, status, lastError, incarnation, sinceMs } = this.seen.get(path)!;
      return {
        path,
        kind: parents.has(path) ? 'supervisor' : 'worker',
        machine: UNKNOWN,
        status,
        ...(value !== undefined && { value }),
        tags: [],
        restarts: incarnation,
        incarnation,
        ...(lastError !== undefined && { lastError }),
        uptimeMs: this.at - sinceMs,
      };
    });
  }
}

export class RecordedTurns {
  private readonly source: JournalSource;
  private readonly signal: AbortSignal | undefined;

  /** @param signal ends a reading that nobody waits for any more. */
  constructor(source: JournalSource, signal?: AbortSignal) {
    this.source = source;
    this.signal = signal;
  }

  async moment(seq: number): Promise<Moment> {
    const fold = await this.foldTo(seq);
    const { at, digest } = fold;
    return { seq: fold.seq, at, digest: digest.value, actors: fold.rows() };
  }

  async detail(path: string, seq: number): Promise<Detail> {
    const { at, seen } = await this.foldTo(seq);
    const found = seen.get(path);
    if (!found) {
      throw new Refusal(404, 'NOT_FOUND', `No turn up to seq ${seq} says anything of '${path}'.`);
    }
    const context = shown(Object.fromEntries(found.fields));
    return { path, seq, at, context, timers: [], events: [], effects: [] };
  }

  async difference(path: string, seq: number): Promise<Difference> {
    const before = (await this.foldTo(seq - 1)).seen.get(path);
    let turn: TurnLine | undefined;
    for await (const [input, line] of turnsOf(readJournal(this.source, { afterSeq: seq - 1 }))) {
      if (input.seq === seq) turn = line;
      break;
    }
    const row = turn?.changed?.find((one) => one.path === path);
    const { to, fields = {} } = row ?? {};
    const [old, now] = [Object.fromEntries(before?.fields ?? []), fields].map((each) =>
      shown(each),
    ) as [Record<string, Json>, Record<string, Json>];
    return {
      path,
      seq,
      ...(to !== undefined && before?.value !== undefined && { from: before.value }),
      ...(to !== undefined && { to }),
      fields: Object.entries(now).map(([name, after]) => ({
        name,
        ...(name in old && { before: old[name] }),
        after,
      })),
    };
  }

  /** Only those that came in: what followed from them is known to the machines alone. */
  async messages(from: number, until: number): Promise<Messages> {
    const messages: Messages['messages'] = [];
    for await (const [input] of turnsOf(readJournal(this.source, { afterSeq: from - 1 }))) {
      const { seq, at, path, event, kind } = input;
      if (seq > until) break;
      messages.push({ seq, at, to: path, type: typeOf(event) ?? kind, depth: 0 });
    }
    return { messages, leftOut: 0 };
  }

  private async foldTo(seq: number): Promise<Fold> {
    const fold = new Fold();
    if (seq === 0) return fold;
    for await (const [input, line] of turnsOf(readJournal(this.source))) {
      this.signal?.throwIfAborted();
      fold.add(input, line);
      if (input.seq >= seq) break;
    }
    return fold;
  }
}

async function* turnsOf(
  lines: AsyncIterable<ReadLine>,
): AsyncGenerator<readonly [InputLine, TurnLine], void> {
  let input: InputLine | undefined;
  for await (const line of lines) {
    if (isInput(line)) input = line;
    else if (isTurn(line) && input) yield [input, line];
  }
}
