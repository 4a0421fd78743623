/** What a patch asks its ports for: which change of settings, from which values. */
import type {
  ChangeRequest,
  KeysRequest,
  OperationsRequest,
  PatchContext,
  PatchInput,
} from './patch-types.ts';
import type { SettingChange } from './policies/resolver-matrix.ts';
import { partOfMove } from './policies/setting-envelope.ts';

/** The change by a part of it. */
const partOf = ({ proposal, envelopes }: PatchInput, share: number): readonly SettingChange[] =>
  proposal.operations.map(({ op, path, value }) => ({
    ...{ op, path },
    value: partOfMove(proposal.from[path]!, value, share, envelopes[path]!),
  }));

/** What a canary may have changed, whether it was rehearsed or not. */
export const canariesOf = (input: PatchInput): readonly SettingChange[] => [
  ...partOf(input, input.settings.patch.canaryRatio),
  ...partOf(input, input.settings.patch.canaryBlindRatio),
];

/** The part of the change that is tried first: less of it when nothing could be rehearsed. */
export function canaryOf(context: PatchContext): readonly SettingChange[] {
  const { canaryRatio, canaryBlindRatio } = context.settings.patch;
  const isRehearsed = context.rehearsal?.kind === 'evaluated';
  return partOf(context, isRehearsed ? canaryRatio : canaryBlindRatio);
}

const valuesAt = (operations: readonly SettingChange[], path: string): readonly number[] =>
  operations.filter((operation) => operation.path === path).map(({ value }) => value);

const changeInput =
  (what: 'canary' | 'whole' | 'nothing') =>
  ({ context }: { readonly context: PatchContext }): ChangeRequest => {
    const { id, proposal, canary, reason, overridden } = context;
    const { from, operations } = proposal;
    const keys = operations.map(({ path }) => path);
    const own = keys.filter((path) => !overridden.includes(path));
    const before = own.map((path) => ({ op: 'replace' as const, path, value: from[path]! }));
    const expected = (path: string): readonly number[] => {
      if (what === 'canary') return [from[path]!];
      const tried = valuesAt(canary, path);
      return what === 'whole' ? tried : [...tried, ...valuesAt(operations, path)];
    };
    return {
      id,
      operations: { canary, whole: operations, nothing: before }[what],
      expected: Object.fromEntries(keys.map((path) => [path, expected(path)])),
      scope: what === 'nothing' ? 'own' : 'all',
      why: what === 'nothing' ? `rolled back: ${reason}` : `${proposal.resolver}: ${proposal.why}`,
    };
  };

export const inputs = {
  operations: ({ context }: { readonly context: PatchContext }): OperationsRequest => ({
    id: context.id,
    operations: context.proposal.operations,
  }),
  keys: ({ context }: { readonly context: PatchContext }): KeysRequest => ({
    id: context.id,
    keys: context.proposal.operations.map(({ path }) => path),
  }),
  canary: changeInput('canary'),
  whole: changeInput('whole'),
  nothing: changeInput('nothing'),
} as const;
