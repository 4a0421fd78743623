/** What a stranger writes: every entry of the package once. Compiled and run from the tarball. */
import {
  CircuitOpenError,
  child,
  createRuntime,
  replayJournal,
  supervisor,
  verifyJournal,
} from 'kintsugi';
import { KintsugiError, type Notifier } from 'kintsugi/actors';
import { type SettingsInput, settingsSchema } from 'kintsugi/config';
import { openBridge, openInspector, PROTOCOL, type ServerMessage } from 'kintsugi/inspector';
import { circuitBreakerMachine } from 'kintsugi/machines';
import { testRuntime, walk } from 'kintsugi/testing';
import { assign, createActor, setup } from 'xstate';

const counter = setup({
  types: { context: {} as { count: number }, events: {} as { type: 'COUNT' } },
  actions: { count: assign({ count: ({ context }) => context.count + 1 }) },
}).createMachine({
  id: 'counter',
  context: { count: 0 },
  initial: 'counting',
  states: { counting: { on: { COUNT: { actions: 'count' } }, after: { 1000: 'done' } }, done: {} },
});

const tree = supervisor({ id: 'app', children: [child({ id: 'counter', logic: counter })] });
const settings: SettingsInput = { breakers: { quotes: { callTimeoutMs: 0 } } };
const notifier: Notifier | undefined = undefined;

/** The same on every Node: simulated clock, fixed seed. */
async function simulate(): Promise<string> {
  await using test = await testRuntime({ tree, settings, seed: 7 });
  test.send('/app/counter', { type: 'COUNT' });
  await test.advance(2_000);
  if (test.snapshot('/app/counter')?.value !== 'done') throw new Error('The timer was not due.');
  const { digest, divergence } = await test.replay();
  if (divergence || digest !== test.digest()) throw new Error('The replay diverged.');
  return digest;
}

async function keepOnDisk(journal: string): Promise<boolean> {
  const runtime = await createRuntime({ tree, settings, journal, ...(notifier && { ports: {} }) });
  await runtime.start();
  runtime.send('/app/counter', { type: 'COUNT' });
  const quotes = runtime.breaker('quotes');
  const fail = () => quotes.execute(() => Promise.reject(new Error('down')));
  const errors: unknown[] = [];
  for (let i = 0; i < 6; i += 1) await fail().catch((error) => errors.push(error));
  await runtime.stop();
  const { ok } = await verifyJournal(journal);
  const { divergence } = await replayJournal(journal, { tree });
  const last = errors.at(-1);
  return ok && !divergence && last instanceof CircuitOpenError && last instanceof KintsugiError;
}

/** The first thing that the page is told, over its files as they were installed. */
async function look(journal: string): Promise<boolean> {
  await using page = await openInspector(journal, { tree });
  const socket = new WebSocket(`${page.url.replace('http', 'ws')}/api/live`, [
    `kintsugi.${PROTOCOL}`,
    `token.${page.tokens.viewer}`,
  ]);
  const text = await new Promise<string>((resolve, reject) => {
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error('The live stream was refused.'));
  });
  socket.close();
  const hello = JSON.parse(text) as ServerMessage;
  return hello.type === 'hello' && hello.hasMachines && (await isServed(page.url));
}

/** The page, what it asks for, and the licences of what others made in it. */
async function isServed(url: string): Promise<boolean> {
  const read = async (path: string) => {
    const response = await fetch(url + path);
    return response.ok ? response.text() : '';
  };
  const html = await read('/');
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);
  const texts = await Promise.all([...files, '/assets/elk-worker.js'].map(read));
  const notice = await read('/assets/third-party.txt');
  const isWhole = files.includes('/assets/page.js') && texts.every(({ length }) => length > 1_000);
  return isWhole && notice.includes('Eclipse Public License') && notice.includes('preact');
}

async function bridge(): Promise<boolean> {
  await using test = await testRuntime({ tree });
  const { address, close } = await openBridge(test.runtime);
  await close();
  return address.startsWith('127.0.0.1:');
}

const plain = createActor(circuitBreakerMachine, {
  input: { settings: settingsSchema.parse(settings).breakers['quotes']!, seed: 1 },
}).start();
const journal = process.argv[2] ?? './journal';
const document = {
  digest: await simulate(),
  kept: await keepOnDisk(journal),
  page: await look(journal),
  bridge: await bridge(),
  breaker: plain.getSnapshot().value,
  edges: walk(counter, { events: [] }).length,
};
plain.stop();
process.stdout.write(`${JSON.stringify(document)}\n`);
