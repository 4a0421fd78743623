/** The way in by HTTP: open while the runtime runs. Nothing of a server is loaded without it. */
import type { Turn } from './engine/engine.ts';
import type { Opened } from './http/open.ts';
import type { Tokens } from './http/tokens.ts';
import type { Lifecycle, Part } from './lifecycle.ts';
import type { Runtime } from './runtime.ts';

/** Where the HTTP API is, and what opens it. */
export interface OpenDoors {
  /** As in `http://127.0.0.1:7424`. */
  readonly url: string;
  /** Undefined for a journal in memory: its tokens are those of this process. */
  readonly tokenFile: string | undefined;
  /** One for each role. Whoever hosts the runtime may do everything anyway. */
  readonly tokens: Tokens;
}

export class Doors implements Part {
  opened: OpenDoors | undefined;
  private readonly runtime: Runtime;
  private readonly life: Lifecycle;
  private inside: Opened | undefined;

  /** Use `createRuntime({ http })` and `runtime.http`. */
  constructor(runtime: Runtime, life: Lifecycle) {
    this.runtime = runtime;
    this.life = life;
  }

  observe(turn: Turn): void {
    this.inside?.observe(turn);
  }

  beforeEnd(): void {
    this.inside?.beforeEnd();
  }

  async open(): Promise<void> {
    const { http = false } = this.life.options;
    if (http === false) return;
    const { openDoors } = await import('./http/open.ts');
    this.inside = await openDoors(this.runtime, this.life);
    const { url, tokenFile, tokens } = this.inside;
    this.opened = { url, tokenFile, tokens };
    // It was stopped meanwhile: `close` has found nothing.
    if (this.life.status !== 'running') await this.close();
  }

  async close(): Promise<void> {
    this.opened = undefined;
    await this.inside?.server.close();
  }
}
