import { CircuitOpenError, child, createRuntime, supervisor } from 'kintsugi';
import { setup } from 'xstate';

const session = setup({}).createMachine({
  id: 'session',
  initial: 'loggedOut',
  states: { loggedOut: { on: { LOGIN: 'ready' } }, ready: { after: { 60000: 'loggedOut' } } },
});

await using runtime = await createRuntime({
  tree: supervisor({ id: 'app', children: [child({ id: 'session', logic: session })] }),
  seed: 7, // and journal: './journal' to keep it on disk
});
await runtime.start();
runtime.on('breaker.opened', (fact) => process.stdout.write(`${fact.path} opened\n`));
runtime.send('/app/session', { type: 'LOGIN' });
process.stdout.write(`session is ${runtime.snapshot('/app/session')?.value}\n`);

const quotes = runtime.breaker('quotes', { window: { kind: 'consecutive', failureCountMax: 2 } });
for (const _ of [1, 2]) await quotes.execute(() => Promise.reject('down')).catch(() => {});
const refusal = await quotes.execute(async () => 'never called').catch((error) => error);
process.stdout.write(`${refusal instanceof CircuitOpenError ? 'refused' : 'called'}\n`);
