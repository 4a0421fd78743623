/**
 * A child process that says what it has reached, one JSON document a line on file descriptor 3, and
 * that is killed whenever the test wants. What it said before its death is read to the last line.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

const CHANNEL = 3;

/** How a process ended. */
export interface Ending {
  /** Exit status; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote to standard error. */
  readonly complaints: string;
}

const living = new Set<ChildProcess>();

/** Ends those that a failed test has left behind. */
export function killLiving(): void {
  for (const child of living) child.kill('SIGKILL');
}

export class Child<Message> {
  /** Settles when the process is gone and all that it said has been handed over. */
  readonly ended: Promise<Ending>;
  readonly #process: ChildProcess;

  /**
   * Starts `node script ORDER`.
   *
   * @param order what the process is to do, as JSON.
   */
  constructor(script: string, order: unknown, onMessage: (message: Message) => void) {
    const child = spawn(process.execPath, [script, JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    living.add(child);
    child.once('exit', () => living.delete(child));
    const lines = createInterface({ input: child.stdio[CHANNEL] as Readable });
    lines.on('line', (line) => {
      const message = messageOf<Message>(line);
      if (message !== undefined) onMessage(message);
    });
    let complaints = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    const read = new Promise<void>((resolve) => lines.once('close', resolve));
    const gone = new Promise<Ending>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, complaints }));
    });
    this.ended = Promise.all([gone, read]).then(([ending]) => ending);
  }

  /** Kills it now. Harmless when it is gone. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Stops it where it is, until `resume`. Nobody is told. */
  pause(): void {
    this.#process.kill('SIGSTOP');
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }
}

/** The kill may cut the last line; what it tells was not said. */
function messageOf<Message>(line: string): Message | undefined {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return undefined;
  }
}

/** Tells the test something, in the child: it is out when this returns, whatever comes next. */
export function say(message: unknown): void {
  writeSync(CHANNEL, `${JSON.stringify(message)}\n`);
}

/** What the test wants of this process, in the child. */
export const orderOf = <Order>(): Order => JSON.parse(process.argv[2] ?? '') as Order;
