/** Builds the tree that a journal's host had, with ports that refuse: a replay asks for nothing. */
import type { SupervisorSpec } from '../../actors/child.ts';
import { KintsugiError } from '../../actors/errors.ts';
import { paperTree } from '../../actors/paper/tree.ts';
import type { HeaderLine } from '../journal/format.ts';

/** The journal's tree was built by a program that this command does not know. */
export class HostUnknownError extends KintsugiError {
  readonly code = 'HOST_UNKNOWN';
  readonly retryable = false;
}

const refuse = (): never => {
  throw new Error('A replay asked the outside world for something.');
};

/** @throws {HostUnknownError} for journals of other hosts: only they have the machines. */
export function treeOfJournal({ host }: HeaderLine): SupervisorSpec {
  if (host !== 'paper') {
    throw new HostUnknownError(
      `This journal was written by host '${host}': ` +
        'replay it there, with replayJournal(dir, { tree }).',
    );
  }
  return paperTree({
    broker: {
      login: refuse,
      ping: refuse,
      account: refuse,
      submitOrder: refuse,
      order: refuse,
      cancelOrder: refuse,
    },
    clock: { now: refuse },
    admitsOpening: refuse,
  });
}
