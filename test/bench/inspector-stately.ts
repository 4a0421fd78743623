/**
 * The same charts under plain XState, watched by `@statelyai/inspect`: what that costs the host. It
 * is no dependency of ours: `KINTSUGI_STATELY_INSPECT` names a folder in which it is installed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type AnyActor, type AnyStateMachine, createActor, type InspectionEvent } from 'xstate';

export interface StatelyOptions {
  readonly machine: AnyStateMachine;
  readonly actorCount: number;
  readonly pairs: number;
  /** CPU time per transition of a round in which `send` is called with the numbers of actors. */
  readonly round: (send: (actor: number) => void) => Promise<number>;
}

interface Inspector {
  readonly inspect: { next(event: InspectionEvent): void };
  start(): void;
  stop(): void;
}

const folder = process.env.KINTSUGI_STATELY_INSPECT;

/** Reads all that it is sent, in a process of its own, as a viewer does. */
const receiverCode = `
  const { WebSocketServer } = require(process.argv[1]);
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server.on('connection', (socket) => socket.on('message', (data) => JSON.parse(data)));
  server.on('listening', () => process.stdout.write(String(server.address().port)));
  process.stdin.on('end', () => process.exit()).resume();
`;

async function openReceiver(): Promise<{ port: number; process: ChildProcess }> {
  const ws = createRequire(import.meta.url).resolve('ws');
  const receiver = spawn(process.execPath, ['-e', receiverCode, ws], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve) => {
    receiver.stdout!.once('data', (data) => resolve(Number(data)));
  });
  return { port, process: receiver };
}

/** Ratios of the CPU time per transition with the inspector to that without; none where absent. */
export async function measureStately(options: StatelyOptions): Promise<readonly number[]> {
  if (folder === undefined) return [];
  const file = createRequire(join(folder, 'package.json')).resolve('@statelyai/inspect');
  const { createWebSocketInspector } = (await import(pathToFileURL(file).href)) as {
    createWebSocketInspector(options: { readonly url: string }): Inspector;
  };
  const receiver = await openReceiver();
  const inspector = createWebSocketInspector({ url: `ws://127.0.0.1:${receiver.port}` });
  inspector.start();
  await sleep(500);
  const plain = actors(options);
  const watched = actors(options, inspector);
  const ratios: number[] = [];
  for (let pair = 0; pair < options.pairs; pair++) {
    const without = await options.round((actor) => plain[actor]!.send({ type: 'TOGGLE' }));
    const one = await options.round((actor) => watched[actor]!.send({ type: 'TOGGLE' }));
    ratios.push(one / without);
  }
  inspector.stop();
  receiver.process.stdin!.end();
  return ratios;
}

const actors = ({ machine, actorCount }: StatelyOptions, inspector?: Inspector): AnyActor[] =>
  Array.from({ length: actorCount }, () =>
    createActor(machine, inspector ? { inspect: inspector.inspect } : {}).start(),
  );
