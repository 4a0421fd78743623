/**
 * Which charts a tree runs, by id and hash: a journal names them, so that a changed chart is
 * noticed.
 */
import { createHash } from 'node:crypto';
import type { AnyStateMachine } from 'xstate';
import type { AnySpec } from '../actors/child.ts';
import { supervisorMachine } from '../machines/supervisor.ts';
import { definitionHash } from './charts/definition.ts';

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
