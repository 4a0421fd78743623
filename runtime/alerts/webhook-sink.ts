/**
 * Posts alerts to an HTTP server, with a time limit and retries.
 *
 * The credential is read from its file at each post and goes into one header only: not into
 * settings, journal or log, nor into the words of a failure.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import type { Notice } from '../../actors/ports.ts';
import type { WebhookSettings } from '../../config/alerts.ts';
import type { Sink } from './notifiers.ts';

/** The sink of settings that may change; without a url it does nothing. */
export const webhookSink = (settings: () => WebhookSettings): Sink => ({
  name: 'webhook',
  isLog: false,
  async notify(notice, { signal } = {}) {
    const { url, ...how } = settings();
    if (url === undefined) return;
    const headers = await headersOf(how.credentialFile, notice);
    const body = JSON.stringify(bodyOf(notice));
    await withRetries(how, signal, (limit) =>
      post(url, { method: 'POST', headers, body, signal: limit, redirect: 'error' }),
    );
  },
});

const bodyOf = ({ noticeKey: _, ...notice }: Notice) => ({
  ...notice,
  time: new Date(notice.at).toISOString(),
});

async function headersOf(
  file: string | undefined,
  { noticeKey }: Notice,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (noticeKey !== undefined) headers['idempotency-key'] = noticeKey;
  if (file === undefined) return headers;
  let line: string;
  try {
    line = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new Error(`credentialFile cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\x20-\x7e]+)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error("credentialFile must hold one header line, as 'name: value'");
  }
  return { ...headers, [name.toLowerCase()]: value };
}

async function withRetries(
  { timeoutMs, retryCount, retryMs }: Omit<WebhookSettings, 'url'>,
  signal: AbortSignal | undefined,
  once: (limit: AbortSignal) => Promise<void>,
): Promise<void> {
  for (let retries = 0; ; retries++) {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      return await once(signal ? AbortSignal.any([signal, limit]) : limit);
    } catch (error) {
      if (signal?.aborted || retries >= retryCount || error instanceof RefusedError) {
        const tries = retries === 0 ? '' : ` (${retries + 1} tries)`;
        throw new Error(`${whyOf(error, limit, timeoutMs)}${tries}`);
      }
    }
    await wait(retryMs * 2 ** retries, undefined, signal ? { signal } : {});
  }
}

/** The server does not want this post: posting it again does not help. */
class RefusedError extends Error {}

async function post(url: string, request: RequestInit): Promise<void> {
  const response = await fetch(url, request);
  await response.body?.cancel();
  if (response.ok) return;
  const text = `the server answered ${response.status}`;
  const isFinal = response.status < 500 && response.status !== 408 && response.status !== 429;
  throw isFinal ? new RefusedError(text) : new Error(text);
}

/** Words without addresses: the url may hold a secret of its own. */
function whyOf(error: unknown, limit: AbortSignal, timeoutMs: number): string {
  if (limit.aborted) return `no answer within ${timeoutMs} ms`;
  const { message, cause } = error as Error;
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  if (code !== undefined) return `the server cannot be reached: ${code}`;
  return message.startsWith('the server') ? message : 'the post failed';
}
