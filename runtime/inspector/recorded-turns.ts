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
  readonly fields: Map<string, Json>;
}

interface Lives {
  readonly count: number;
  readonly isOn: boolean;
}

type Down = NonNullable<TurnLine['down']>[number];

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
    const before = new Map((line.down ?? []).map(({ path }) => [path, this.livesAt(path)]));
    for (const { path, to, fields = {}, incarnation = 0 } of line.changed ?? []) {
      const seen = this.place(path, incarnation);
      if (to !== undefined) {
        seen.value = isEnded(to) ? to.value : to;
        seen.status = isEnded(to) ? (to.status as ActorRow['status']) : 'active';
      }
      for (const [name, value] of Object.entries(fields)) seen.fields.set(name, value);
    }
    for (const [path, lives] of before) this.fall(path, lives, line.down!);
  }

  /** How many have come to a place so far, and whether one of them lives there. */
  private livesAt(path: string): Lives {
    const seen = this.seen.get(path);
    return { count: seen ? seen.incarnation + 1 : 0, isOn: !!seen && seen.status !== 'down' };
  }

  /** Whoever fell may have been followed by another one in the same turn, which lives on. */
  private fall(path: string, before: Lives, down: readonly Down[]): void {
    const seen = this.seen.get(path);
    if (!seen) return;
    const falls = down.filter((one) => one.path === path);
    const cameCount = seen.incarnation + 1 - before.count;
    if (cameCount + Number(before.isOn) <= falls.length) seen.status = 'down';
    seen.lastError = falls.at(-1)!.why;
  }

  private place(path: string, incarnation: number): Seen {
    const known = this.seen.get(path);
    // They only grow at a place; the last row of one that was taken away has none.
    if (known && incarnation <= known.incarnation && known.status !== 'down') return known;
    const lastError = known?.lastError;
    const rest = { lastError, incarnation, fields: new Map<string, Json>() };
    const seen: Seen = { value: undefined, status: 'active', ...rest };
    this.seen.set(path, seen);
    return seen;
  }

  rows(): ActorRow[] {
    const paths = [...this.seen.keys()].sort();
    const parents = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))));
    return paths.map((path) => {
      const { value, status, lastError, incarnation } = this.seen.get(path)!;
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
