/** One run over many lives of its process: each is killed at its moment, the last one finishes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Child, type Ending } from './child-process.ts';
import { type Moment, type MomentCounts, noMoments } from './moments.ts';

/** What the lives have to say for a kill to find its moment; a run may say more. */
export interface Progress {
  readonly acked?: number;
  readonly at?: string;
}

export interface LivesOptions<Message extends Progress> {
  readonly script: string;
  /** What the process is to do, by the number of its life from 0. */
  readonly order: (life: number) => unknown;
  readonly moments: readonly Moment[];
  readonly onMessage?: (message: Message, life: number) => void;
  /** Called after each kill, when the process is gone. */
  readonly onDeath?: (life: number) => Promise<void>;
}

export interface Lived {
  /** Kills that met a living process, by kind. */
  readonly kills: MomentCounts;
  readonly lives: number;
}

/** A usual start until the first one was seen, ms. */
const START_MS = 500;

/** Runs until a life has ended by itself; throws with what it complained of when it failed. */
export async function live<Message extends Progress>(
  options: LivesOptions<Message>,
): Promise<Lived> {
  const kills = { ...noMoments };
  let startMs = START_MS;
  for (let life = 0; ; life += 1) {
    const moment = options.moments[life];
    const bornMs = performance.now();
    const { ending, runningAfterMs } = await lifeOf(options, life, moment, bornMs);
    if (runningAfterMs !== undefined) startMs = runningAfterMs;
    if (ending.signal === 'SIGKILL' && moment) {
      kills[moment.kind] += 1;
      await options.onDeath?.(life);
    } else if (ending.code === 0) {
      return { kills, lives: life + 1 };
    } else {
      throw new Error(`Life ${life} failed with ${JSON.stringify(ending)}`);
    }
  }

  async function lifeOf(
    { script, order, onMessage }: LivesOptions<Message>,
    life: number,
    moment: Moment | undefined,
    bornMs: number,
  ): Promise<{ ending: Ending; runningAfterMs: number | undefined }> {
    let runningAfterMs: number | undefined;
    const child = new Child<Message>(script, order(life), (message) => {
      if (message.at === 'running') runningAfterMs = performance.now() - bornMs;
      onMessage?.(message, life);
      if (moment && isMet(moment, message)) void killAfter(waitOf(moment));
    });
    const killAfter = async (ms: number) => {
      // Timers are too coarse for the shortest waits.
      if (ms >= 1) await sleep(ms);
      child.kill();
    };
    if (moment?.kind === 'birth') void killAfter(moment.share * startMs);
    return { ending: await child.ended, runningAfterMs };
  }
}

const waitOf = (moment: Moment): number => ('waitMs' in moment ? moment.waitMs : 0);

function isMet(moment: Moment, { acked = -1, at }: Progress): boolean {
  switch (moment.kind) {
    case 'birth':
      return false;
    case 'recovered':
      return at === 'running';
    case 'progress':
      return acked >= moment.seq || at === 'feedEnd';
    case 'end':
      return at === 'feedEnd';
  }
}
