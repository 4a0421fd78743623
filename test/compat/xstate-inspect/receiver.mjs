// Listens with the real package on the real xstate 4, and writes what it is told, a line each.
import { createWebSocketReceiver } from '@xstate/inspect';

const receiver = createWebSocketReceiver({ server: process.argv[2] });
receiver.subscribe((event) => {
  const { type, sessionId, parent, machine, state } = event;
  const row = {
    type,
    sessionId,
    ...(parent && { parent }),
    ...(machine && { states: Object.keys(machine.states) }),
    ...(state && { value: state.value, context: state.context, done: state.done }),
    ...(event.event && { event: event.event.name }),
  };
  process.stdout.write(`${JSON.stringify(row)}\n`);
});
