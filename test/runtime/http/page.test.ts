import { describe, expect, it, onTestFinished } from 'vitest';
import { httpSettingsSchema } from '../../../config/http.ts';
import { servePage } from '../../../runtime/http/page.ts';
import { openHttpServer } from '../../../runtime/http/server.ts';
import { freshTokens } from '../../../runtime/http/tokens.ts';
import { pageFileNames, pageFiles } from '../../../runtime/inspector/bundle.ts';
import { testRuntime } from '../../../runtime/testing/test-runtime.ts';

async function served() {
  const t = await testRuntime();
  const server = await openHttpServer({
    ...{ runtime: t.runtime, tokens: freshTokens(), routes: [] },
    settings: httpSettingsSchema.parse({ port: 0 }),
    extend: (one) => servePage(one),
  });
  onTestFinished(async () => {
    await server.close();
    await t.runtime.stop();
  });
  return (path: string) => fetch(server.url + path);
}

describe('the files of the page', () => {
  it('need no token, and come with a policy that lets nothing of elsewhere in', async () => {
    const get = await served();
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    const text = await page.text();
    for (const [, path = ''] of text.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      const file = await get(path);
      expect([path, file.status]).toEqual([path, 200]);
      expect(file.headers.get('content-type')).toMatch(/^text\/(?:javascript|css)/);
    }
    const worker = await get('/assets/elk-worker.js');
    expect(worker.headers.get('content-type')).toContain('text/javascript');
  });

  it.each([
    '/assets/',
    '/assets/main.tsx',
    '/assets/../page.ts',
    '/assets/..%2f..%2fpackage.json',
    '/assets/page.js/..%2ftsconfig.json',
    '/page.css',
  ])('are all that there is: %s is not', async (path) => {
    const get = await served();
    const { status } = await get(path);
    expect([401, 404]).toContain(status);
  });

  it('hold no address but those of licences, and no code made of text', async () => {
    const files = await pageFiles();
    expect([...files.keys()]).toEqual(pageFileNames);
    const script = Buffer.from(files.get('page.js')!).toString();
    expect(/new Function\(|\beval\(/.test(script)).toBe(false);
    // What actors and events say becomes text, never markup.
    expect(script.includes('dangerouslySetInnerHTML:')).toBe(false);
    const hosts = [...script.matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host);
    expect(new Set(hosts)).toEqual(new Set(['www.w3.org']));
  });

  it('come with the notice of what others made', async () => {
    const get = await served();
    const notice = await (await get('/assets/third-party.txt')).text();
    for (const word of ['preact', 'elkjs', 'Eclipse Public License', 'MIT']) {
      expect(notice).toContain(word);
    }
  });
});
