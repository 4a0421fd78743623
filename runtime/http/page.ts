/** The static files of the page. They hold nothing of the run, so nobody is asked who they are. */
import type { FastifyInstance } from 'fastify';
import { type PageFiles, pageFiles } from '../inspector/bundle.ts';

/** What is served where, and as what. Nothing else is: a path is never a name of a file. */
const served = {
  '/': ['index.html', 'text/html'],
  '/assets/page.js': ['page.js', 'text/javascript'],
  '/assets/page.css': ['page.css', 'text/css'],
  '/assets/elk-worker.js': ['elk-worker.js', 'text/javascript'],
  '/assets/third-party.txt': ['third-party.txt', 'text/plain'],
} as const;

/** @param load gives the files; asked at the first request. */
export function servePage(
  server: FastifyInstance,
  load: () => Promise<PageFiles> = pageFiles,
): void {
  for (const [url, [name, mediaType]] of Object.entries(served)) {
    server.get(url, { config: { role: null } }, async (_, reply) => {
      const files = await load();
      return reply.type(`${mediaType}; charset=utf-8`).send(Buffer.from(files.get(name)!));
    });
  }
}
