/** A test runtime whose doors are open. */
import { onTestFinished } from 'vitest';
import type { Role } from '../../runtime/http/tokens.ts';
import type { RuntimeOptions } from '../../runtime/options.ts';
import { testRuntime } from '../../runtime/testing/test-runtime.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: any;
}

type Asked = { readonly role?: Role; readonly body?: unknown; readonly method?: string };

export async function openDoors(options: Omit<RuntimeOptions, 'clock' | 'journal'> = {}) {
  const t = await testRuntime({ http: { port: 0 }, ...options });
  onTestFinished(() => t.runtime.stop());
  const { url, tokens } = t.runtime.http!;
  const ask = async (path: string, { role = 'viewer', body, method }: Asked = {}) => {
    const isPost = body !== undefined;
    const response = await fetch(url + path, {
      method: method ?? (isPost ? 'POST' : 'GET'),
      headers: {
        authorization: `Bearer ${tokens[role]}`,
        ...(isPost && { 'content-type': 'application/json' }),
      },
      ...(isPost && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const { status, headers } = response;
    return { status, headers, text, body: isJson ? JSON.parse(text) : undefined } as Answer;
  };
  return { t, url, tokens, ask };
}
