/**
 * What a run writes to its log: lifecycle at info, transitions at debug, each with path and seq.
 */
import type { Logger } from 'pino';
import type { Notifier } from '../actors/ports.ts';
import type { DeadLetter, Engine, Turn } from './engine/engine.ts';
import { errorText } from './error-text.ts';
import type { NewKey, Repair } from './journal/file-log.ts';
import { machineIdOf, type Node, type TreeHost } from './supervision/tree.ts';

const levels = {
  started: 'info',
  stopped: 'info',
  ended: 'info',
  killed: 'warn',
  restarted: 'warn',
  crashed: 'error',
} as const;

/** Children that nobody restarts may come by the thousand: that one comes or goes is no news. */
const levelOf = (what: keyof typeof levels, { spec }: Node) =>
  levels[what] === 'info' && spec.restart === 'temporary' ? 'debug' : levels[what];

export class RunLog {
  private readonly logger: Logger | undefined;

  constructor(logger: Logger | undefined) {
    this.logger = logger;
  }

  lifecycle(what: Parameters<TreeHost['lifecycle']>[0], node: Node, engine: Engine): void {
    const { path, incarnation, lastError } = node;
    this.logger?.[levelOf(what, node)](
      {
        path,
        seq: engine.seq,
        machine: machineIdOf(node),
        ...(incarnation > 0 ? { incarnation } : {}),
        ...(what === 'crashed' ? { why: lastError } : {}),
      },
      `${path} ${what}${what === 'crashed' ? `: ${lastError}` : ''}`,
    );
  }

  turn({ input, line }: Turn): void {
    if (!this.logger?.isLevelEnabled('debug')) return;
    const type = (input.event as { type?: string } | null)?.type ?? input.kind;
    for (const { path, to } of line.changed ?? []) {
      if (to === undefined) continue;
      const state = typeof to === 'string' ? to : JSON.stringify(to);
      this.logger.debug({ path, seq: input.seq, to, on: type }, `${path} -> ${state}`);
    }
  }

  deadLetter({ path, why, seq, event }: DeadLetter): void {
    const type = (event as { type?: string } | null)?.type;
    this.logger?.warn({ path, seq, why, type }, `dead letter for ${path}: ${type} (${why})`);
  }

  snapshotFailed(why: string): void {
    this.logger?.warn({ why }, `no snapshot of the tree, so a start replays the journal: ${why}`);
  }

  snapshotUnusable(seq: number, why: string): void {
    const text = `snapshot after seq ${seq} is not used: ${why}; what came before it serves`;
    this.logger?.warn({ seq, why }, text);
  }

  repaired({ file, bytesCut, afterSeq }: Repair): void {
    const what = bytesCut > 0 ? `${bytesCut} bytes of an unfinished commit cut off` : 'made whole';
    const text = `${file}: ${what} after a crash; goes on after seq ${afterSeq}`;
    this.logger?.warn({ file, bytesCut, afterSeq }, text);
  }

  newKey({ file, key, afterSeq }: NewKey): void {
    const text = `journal is signed with a new key ${key} after seq ${afterSeq}: ${file}`;
    this.logger?.warn({ file, key, afterSeq }, text);
  }

  continued(seq: number, at: number): void {
    const time = new Date(at).toISOString();
    this.logger?.info({ seq, at }, `journal continued after seq ${seq}, ${time}`);
  }

  listenerFailed(error: unknown, fact: string): void {
    this.logger?.error({ fact, why: errorText(error) }, `listener of '${fact}' failed`);
  }

  /** The runtime failed: people are told, if there is a way. */
  failed(error: Error, at: number, notifier: Notifier | undefined): void {
    this.logger?.fatal({ why: errorText(error) }, errorText(error));
    const notice = { severity: 'critical', path: '', text: error.message, at } as const;
    notifier?.notify(notice).catch((cause) => this.listenerFailed(cause, 'notice'));
  }

  stopped(seq: number, digest: string): void {
    this.logger?.info({ seq, digest }, 'runtime stopped');
  }
}
