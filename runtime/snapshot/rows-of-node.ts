/** What a place in the tree remembers of crashes and reports, as rows and back. */
import type { AnyActor, AnyEventObject } from 'xstate';
import type { Core } from '../core.ts';
import type { Timer } from '../engine/timers.ts';
import { decode, encode, keepingUndefined } from '../engine/values.ts';
import type { Json } from '../journal/format.ts';
import type { Memory } from '../supervision/memory.ts';
import type { Node, Report } from '../supervision/node.ts';
import type { MemoryRow, TimerRow } from './rows.ts';

/** A timer; its source may be gone, so its path is told. */
export function timerRow(core: Core, path: string, timer: Timer): TimerRow {
  const { paths } = core.engine;
  const refs = keepingUndefined(core.engine.refs);
  const { id, name, delayMs, deadlineMs, cause } = timer;
  const target = paths.of(timer.target);
  const event = encode(timer.event, refs);
  const named = name === undefined ? {} : { name };
  return { timer: path, target, id, ...named, event, delayMs, deadlineMs, cause };
}

export function encodeMemory(core: Core, { persisted, timers, poison }: Memory): MemoryRow {
  const refs = keepingUndefined(core.engine.refs);
  return {
    ...(persisted === undefined ? {} : { persisted: encode(persisted, refs) }),
    timers: timers.map(([path, timer]) => timerRow(core, path, timer)),
    isPoisoned: poison !== undefined,
  };
}

/** The event of a poison is one object, in memory and place: crashes by it are counted. */
export function decodeMemory(core: Core, row: MemoryRow, poison: Node['poison']): Memory {
  const { paths, refs } = core.engine;
  const timers = row.timers.map(({ timer: path, target, event, ...rest }) => {
    const to = paths.reference(target) as AnyActor;
    const decoded = decode(event, refs) as AnyEventObject;
    // Who asked is looked up by path when the memory is used.
    return [
      path,
      { ...rest, event: decoded, source: to, target: to, order: 0, live: true },
    ] as const;
  });
  return {
    persisted: row.persisted === undefined ? undefined : decode(row.persisted, refs),
    timers,
    poison: row.isPoisoned ? poison : undefined,
  };
}

/** Reports of children that are no longer there would be dropped anyway. */
export function encodeReports(core: Core, node: Node): Json[] {
  const refs = keepingUndefined(core.engine.refs);
  return node.reports
    .filter((report) => node.children.get(report.node.spec.id) === report.node)
    .map((report) => encode({ ...report, node: report.node.spec.id }, refs));
}

export function decodeReports(node: Node, rows: readonly Json[]): Report[] {
  return rows.map((row) => {
    const { node: id } = row as { readonly node: string };
    return { ...(row as object), node: node.children.get(id)! } as Report;
  });
}
