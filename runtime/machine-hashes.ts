/**
 * Which charts a tree runs, by id and hash: a journal names them, so that a changed chart is
 * noticed.
 */
import { createHash } from 'node:crypto';
import type { AnyStateMachine } from 'xstate';
import type { AnySpec } from '../actors/child.ts';
import { KintsugiError } from '../actors/errors.ts';
import { supervisorMachine } from '../machines/supervisor.ts';
import { definitionHash } from './charts/definition.ts';
import type { HeaderLine } from './journal/format.ts';

/** Hash of the chart that a specification runs; undefined for logic that is not a machine. */
export function definitionOf(spec: AnySpec): string | undefined {
  const logic = spec.kind === 'supervisor' ? supervisorMachine : spec.logic;
  return '__xstatenode' in logic ? definitionHash(logic as AnyStateMachine) : undefined;
}

/**
 * Machine id to hash, for every machine of a tree. Two charts with one id share a combined hash.
 */
export function machineHashes(tree: AnySpec): Record<string, string> {
  const found = new Map<string, Set<string>>();
  const visit = (spec: AnySpec): void => {
    const hash = definitionOf(spec);
    const id = spec.kind === 'supervisor' ? 'supervisor' : (spec.logic as { id?: string }).id;
    if (hash && id) found.set(id, (found.get(id) ?? new Set()).add(hash));
    if (spec.kind === 'supervisor') spec.children.forEach(visit);
  };
  visit(tree);
  const combine = (hashes: Set<string>) =>
    hashes.size === 1
      ? [...hashes][0]!
      : createHash('sha256')
          .update([...hashes].sort().join())
          .digest('hex');
  return Object.fromEntries([...found].sort().map(([id, hashes]) => [id, combine(hashes)]));
}

/** A machine's chart is not the one that the journal was written with. */
export class MachineChangedError extends KintsugiError {
  readonly code = 'MACHINE_CHANGED';
  readonly retryable = false;
  readonly machines: readonly string[];

  constructor(machines: readonly string[]) {
    super(
      `Charts changed since the journal was written: ${machines.join(', ')}. ` +
        'Replay with the program that wrote it, or allow it with --allow-changed.',
    );
    this.machines = machines;
  }
}

/** @throws {MachineChangedError} when the tree's charts are not those of the journal. */
export function refuseChanged(header: HeaderLine, tree: AnySpec): void {
  const now = machineHashes(tree);
  const ids = new Set([...Object.keys(header.machines), ...Object.keys(now)]);
  const changed = [...ids].filter((id) => now[id] !== header.machines[id]);
  if (changed.length > 0) throw new MachineChangedError(changed.sort());
}
