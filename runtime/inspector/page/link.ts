/** Ties the live stream to the store. */
import { batch } from '@preact/signals';
import { Connection } from './connection.ts';
import { startDetails } from './details.ts';
import { startHistory } from './history.ts';
import { setToken } from './orders.ts';
import { loadEntries, startQuestions } from './questions.ts';
import { lack } from './recording.ts';
import * as s from './store.ts';
import type { ServerMessage } from './wire.ts';

const key = 'kintsugi.token';
let connection: Connection | undefined;

/** The token comes behind `#`, which no server sees, and does not stay in the address. */
export function tokenOfAddress(): string | undefined {
  const given = new URLSearchParams(location.hash.slice(1));
  const token = given.get('token');
  if (token !== null) {
    sessionStorage.setItem(key, token);
    given.delete('token');
    history.replaceState(null, '', `${location.pathname}#${given}`);
  }
  return sessionStorage.getItem(key) ?? undefined;
}

export function connect(token: string): void {
  sessionStorage.setItem(key, token);
  setToken(token);
  let wasOpen = false;
  connection = new Connection(token, {
    opened: () => {
      wasOpen = true;
      s.link.value = 'open';
    },
    received,
    lost: (retryMs) => {
      if (retryMs === undefined || !wasOpen) s.link.value = 'refused';
      else if (s.link.value !== 'lost') {
        s.link.value = 'lost';
        s.lostAt.value = performance.now();
      }
      s.retryMs.value = retryMs ?? 0;
      // Nothing that is still shown is there any more.
      if (lack.value !== undefined) s.hello.value = undefined;
    },
  });
  startQuestions(connection);
  startHistory(connection);
  startDetails(connection);
  connection.open();
}

function received(message: ServerMessage): void {
  switch (message.type) {
    case 'hello':
      return batch(() => {
        // Another run at the same address: nothing of the old one is true of it.
        if (s.hello.value && s.hello.value.run.id !== message.run.id) location.reload();
        s.hello.value = message;
        if (message.mode === 'recorded') s.position.value = message.head.seq;
        void loadEntries(connection!, message.head.seq || undefined).catch(() => {});
      });
    case 'tree':
      return s.takeTree(message.actors);
    case 'frame':
      return s.takeFrame(message);
    case 'problem':
      if (message.problem.code.startsWith('NO_')) lack.value = message.problem.code;
      s.problem.value = message.problem.text;
      return;
    default:
  }
}
