/** What people order, by HTTP: each is an entry of the journal. */
import { signal } from '@preact/signals';
import { say } from './store.ts';

let token = '';
export const setToken = (given: string): void => {
  token = given;
};
/** What requests carry. */
export const bearer = () => ({ authorization: `Bearer ${token}` });

/** As in RFC 9457, with what was wrong where. */
interface Problem {
  readonly detail?: string;
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
}

function textOf({ detail, issues = [] }: Problem, status: number): string {
  const text = detail ?? `The server answered ${status}.`;
  const more = issues
    .map(({ path, message }) => `${path}: ${message}`)
    .filter((one) => !text.includes(one));
  return [text, ...more].join(' ');
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
  throw new Error(textOf(answer as Problem, response.status));
}

/** @throws what the server says against it. */
export const read = <T>(path: string): Promise<T> => call(path) as Promise<T>;

/** What became of an order. */
export interface Outcome {
  readonly what: string;
  readonly isDone: boolean;
  readonly text: string;
  /** The entry of the journal that it is in. */
  readonly seq?: number;
}

const logLength = 20;
/** The newest first. */
export const orderLog = signal<readonly Outcome[]>([]);

/** Orders, and says under which entry it stands, or why it was refused. */
export async function order(path: string, body: object, what: string): Promise<Outcome> {
  const outcome = await outcomeOf(path, body, what);
  orderLog.value = [outcome, ...orderLog.value].slice(0, logLength);
  // A refusal is shown where it was ordered.
  if (outcome.isDone) say(`${what}: ${outcome.text}`);
  return outcome;
}

async function outcomeOf(path: string, body: object, what: string): Promise<Outcome> {
  try {
    const { seq } = (await call(path, body)) as { seq?: number };
    if (seq === undefined) return { what, isDone: true, text: 'written to the journal.' };
    return { what, isDone: true, text: `written to the journal as seq ${seq}.`, seq };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { what, isDone: false, text: `refused. ${text}` };
  }
}

const whoKey = 'kintsugi.who';
/** Who orders, as the journal will name them. */
export const who = (): string => sessionStorage.getItem(whoKey) ?? '';
export const setWho = (name: string): void => sessionStorage.setItem(whoKey, name);
