/** Opens the page, or the bridge, from code. Nothing of a server is loaded before. */
import { httpSettingsSchema } from '../../config/http.ts';
import type { Tokens } from '../http/tokens.ts';
import { lifeOf } from '../lifecycle.ts';
import type { ReplayOptions } from '../replay/replay.ts';
import type { Runtime } from '../runtime.ts';
import type { Bridge } from './bridge/bridge.ts';

export interface InspectorOptions extends Pick<ReplayOptions, 'tree' | 'children'> {
  /** On loopback. Default 0: any free one. */
  readonly port?: number;
  /** Shows a recorded journal although charts have changed since. Default false. */
  readonly allowChanged?: boolean;
}

/** The page, while it is served. */
export interface Inspector extends AsyncDisposable {
  /** As in `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The page with the token of a viewer: for a browser. */
  readonly link: string;
  readonly tokens: Tokens;
  /** Why only the recorded turns of a journal are shown; undefined when all of it is. */
  readonly why: string | undefined;
  /** Ends it within a second. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves the page over a recorded journal, or over a runtime that has no doors of its own
 * (`createRuntime({ http })` opens those, with orders). It looks, and gives no orders.
 *
 * @param what folder of a journal, or a runtime that runs; the page ends with it.
 * @param options `tree`, `children` and `allowChanged` are for a journal: as for `replayJournal`.
 * @throws {PortUnavailableError} when nothing can listen there.
 * @throws {JournalCorruptError | JournalUnavailableError | JournalEmptyError} for the folder.
 */
export async function openInspector(
  what: string | Runtime,
  { port = 0, ...options }: InspectorOptions = {},
): Promise<Inspector> {
  const settings = httpSettingsSchema.parse({ port });
  const { servePageOver } = await import('./serve.ts');
  const { inspectRoutes } = await import('../http/routes/inspect.ts');
  if (typeof what !== 'string') {
    const { LiveSource } = await import('./live-source.ts');
    const { stateRoutes } = await import('../http/routes/state.ts');
    const [source, routes] = [new LiveSource(lifeOf(what)), [...stateRoutes, ...inspectRoutes]];
    const page = await servePageOver({ settings, source, routes, runtime: what });
    return endingWith(what, inspectorOf(page, undefined));
  }
  const { openRecorded } = await import('./recorded-source.ts');
  const source = await openRecorded(what, options);
  const page = await servePageOver({ settings, source, routes: inspectRoutes });
  return inspectorOf(page, source.why);
}

function inspectorOf(
  { url, tokens, close }: Pick<Inspector, 'url' | 'tokens' | 'close'>,
  why: string | undefined,
): Inspector {
  const link = `${url}/#token=${tokens.viewer}`;
  return { url, link, tokens, why, close, [Symbol.asyncDispose]: close };
}

/**
 * Speaks the protocol of `@xstate/inspect` 0.8 on loopback, for tools that still listen to it. That
 * package supports XState 4 only; the live charts are in the page. Whoever on this machine connects
 * sees the contexts, with secrets left out, and cannot send.
 */
export async function openBridge(
  runtime: Runtime,
  { port = 0 }: { readonly port?: number } = {},
): Promise<Bridge> {
  const { core } = lifeOf(runtime);
  const bridge = await import('./bridge/bridge.ts');
  return endingWith(runtime, await bridge.openBridge(core, { port }));
}

/** A server must not keep a process alive whose runtime has ended. */
function endingWith<T extends { close(): Promise<void> }>(runtime: Runtime, opened: T): T {
  const close = () => opened.close();
  runtime.done.then(close, close);
  return opened;
}
