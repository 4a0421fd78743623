/** Named checks that run one after the other and are counted; one line for each. */
import { spawnSync } from 'node:child_process';

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly ms: number;
}

export class Checks {
  readonly results: CheckResult[] = [];

  /** Runs a check, which fails by throwing; what is thrown is printed below its line. */
  async check<T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> {
    const startedMs = performance.now();
    try {
      const value = await work();
      this.#report(name, true, performance.now() - startedMs);
      return value;
    } catch (error) {
      this.#report(name, false, performance.now() - startedMs);
      const text = error instanceof Error ? error.message : String(error);
      console.log(text.trim().replace(/^/gm, '    '));
      return undefined;
    }
  }

  #report(name: string, ok: boolean, ms: number): void {
    this.results.push({ name, ok, ms: Math.round(ms) });
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${(ms / 1000).toFixed(1)} s)`);
  }
}

export interface Command {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Exit codes that are no failure; 0 alone unless said otherwise. */
  readonly codes?: readonly number[];
}

/**
 * Runs a program and returns its standard output.
 *
 * @throws {Error} with all that it wrote when it ends with another exit code.
 */
export function sh(
  program: string,
  args: readonly string[],
  { cwd, env = process.env, codes = [0] }: Command,
): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 5 * 60_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  if (status !== null && codes.includes(status)) return stdout;
  const line = [program, ...args].join(' ');
  throw new Error(`${line}\nended with ${status ?? signal}\n${stdout}${stderr}`);
}

/** @throws {Error} with the text when something does not hold. */
export function expectThat(holds: boolean, text: string): asserts holds {
  if (!holds) throw new Error(text);
}
