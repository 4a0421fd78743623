/** What people order, by HTTP: each is an entry of the journal. */
import { say } from './store.ts';

let token = '';
export const setToken = (given: string): void => {
  token = given;
};
/** What requests carry. */
export const bearer = () => ({ authorization: `Bearer ${token}` });

interface Problem {
  readonly detail?: string;
}

async function call(path: string, body?: object): Promise<unknown> {
  const response = await fetch(path, {
    method: body ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw new Error((answer as Problem).detail ?? `The server answered ${response.status}.`);
}

/** @throws what the server says against it. */
export const read = <T>(path: string): Promise<T> => call(path) as Promise<T>;

/** Orders, and says under which entry it stands, or why it was refused. */
export async function order(path: string, body: object, what: string): Promise<boolean> {
  try {
    const { seq } = (await call(path, body)) as { seq?: number };
    say(`${what}: written to the journal${seq === undefined ? '' : ` as seq ${seq}`}.`);
    return true;
  } catch (error) {
    say(`${what}: refused. ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

const whoKey = 'kintsugi.who';
/** Who orders, as the journal will name them. */
export const who = (): string => sessionStorage.getItem(whoKey) ?? '';
export const setWho = (name: string): void => sessionStorage.setItem(whoKey, name);
