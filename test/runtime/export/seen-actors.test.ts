import { expect, it } from 'vitest';
import { readEntries } from '../../../runtime/export/entries.ts';
import { SeenActors } from '../../../runtime/export/seen-actors.ts';
import { temporaryFolder } from '../journal/folders.ts';
import { all, type Given, writtenJournal } from './written.ts';

const given: readonly Given[] = [
  '/paper/feed/monitor',
  '/paper/broker/session',
  '/paper/account',
].map((path) => ({ path }));

async function seenOf(actor: string, entries = given): Promise<SeenActors> {
  const seen = new SeenActors(actor);
  for (const entry of await all(
    readEntries(await writtenJournal(await temporaryFolder(), entries)),
  )) {
    seen.add(entry);
  }
  return seen;
}

it.each(['/paper/account', '/paper/*', '/paper/feed/*'])('has seen %s', async (actor) => {
  expect((await seenOf(actor)).isSeen).toBe(true);
});

it.each([
  ['session', "Did you mean '/paper/broker/session'?"],
  ['/session/*', "Did you mean '/paper/broker/session'?"],
  ['broker/session', "Did you mean '/paper/broker/session'?"],
  ['/paper/acount', "Did you mean '/paper/account'?"],
  ['/zzz', "It names '/paper/feed/monitor', '/paper/broker/session', '/paper/account' and others."],
])('has not seen %s, and says: %s', async (actor, advice) => {
  const seen = await seenOf(actor);
  expect([seen.isSeen, seen.advice]).toEqual([false, advice]);
});

it('says that there are no actors at all', async () => {
  const seen = await seenOf('/a', [{ kind: 'command', path: '', event: { command: 'start' } }]);
  expect(seen.advice).toBe('It names none at all.');
});
