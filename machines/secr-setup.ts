/** Guards and actions of the coordinator of SECR. */
import { assign, emit, enqueueActions, setup } from 'xstate';
import { patchMachine } from './patch.ts';
import type { ChangeOutcome, ChangeRequest } from './patch-types.ts';
import { pressureAfter, pressureAt } from './policies/failure-pressure.ts';
import { withProfit } from './policies/icap-threshold.ts';
import { noTotals } from './policies/outcome-score.ts';
import { port } from './port.ts';
import {
  activeOf,
  answerTo,
  begun,
  ended,
  givenUpOf,
  isEnd,
  isGivenUp,
  patchInput,
  recordOf,
  restorable,
  seenSettings,
  trustIn,
  undoInput,
  workingOf,
} from './secr-answers.ts';
import { afterSettings, flawOfProposal, flawOfReport, movedThreshold } from './secr-decisions.ts';
import type {
  FailureReported,
  SecrContext,
  SecrEmitted,
  SecrEvent,
  SecrInput,
} from './secr-types.ts';
import { tell } from './tell.ts';

type Told = { readonly output?: ChangeOutcome; readonly error?: unknown };

/** XState types an event by the events of the chart; the end of a port is none of those. */
function restored(event: unknown): { readonly isDone: boolean; readonly why: string | null } {
  const { output, error } = event as Told;
  if (output) return { isDone: output.isDone, why: output.why };
  return { isDone: false, why: error instanceof Error ? error.message : 'it was interrupted' };
}

const timeOf = (context: SecrContext, event: { readonly type: string }): number =>
  'at' in event ? Math.max(context.at, event.at as number) : context.at;

const keyOf = (context: SecrContext, { subgroup, number }: FailureReported): string =>
  `${subgroup}-${Math.max(number ?? 0, context.failureCount + 1)}`;

const resetAlert = 'secr.reset';
const patchAlert = (id: string): string => `secr.patch.${id}`;

const notWatching = 'SECR was reset: nothing is changed before it is resumed';

export const secrSetup = setup({
  actors: {
    patch: patchMachine,
    changeSettings: port<ChangeOutcome, ChangeRequest>('changeSettings'),
  },
  types: {
    input: {} as SecrInput,
    context: {} as SecrContext,
    events: {} as SecrEvent,
    emitted: {} as SecrEmitted,
    tags: {} as 'answers' | 'silent',
  },
  guards: {
    isFlawed: ({ context, event }) =>
      (event.type === 'FAILURE_REPORTED' && flawOfReport(context, event) !== undefined) ||
      (event.type === 'PATCH_PROPOSED' && flawOfProposal(context, event) !== undefined),
    isPressing: ({ context, event }) => {
      if (event.type !== 'FAILURE_REPORTED') return false;
      const { halfLifeMs, actPressureMin } = context.settings;
      const known = context.pressures[event.subgroup];
      return pressureAfter(known, event, halfLifeMs).value >= actPressureMin;
    },
    isRestored: ({ event }) => restored(event).isDone,
    isIdle: ({ context }) => workingOf(context).length === 0,
    hasNoOrigins: ({ context }) => Object.keys(restorable(context)).length === 0,
  },
  actions: {
    noteTime: assign(({ context, event }) => ({ at: timeOf(context, event) })),
    adoptSettings: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'SETTINGS_CHANGED') return;
      const { at, by, settings } = event;
      const seen = seenSettings(settings, context.catalogue);
      const { changed, overridden } = afterSettings(context, seen, by);
      enqueue.assign(changed);
      for (const { actor, keys } of overridden) {
        enqueue.sendTo(actor, { type: 'WITHDRAW', at, by, why: `sets ${keys.join()}`, keys });
      }
    }),
    refuse: enqueueActions(({ context, event, enqueue }) => {
      const isReport = event.type === 'FAILURE_REPORTED';
      if (!isReport && event.type !== 'PATCH_PROPOSED') return;
      const why = isReport ? flawOfReport(context, event) : flawOfProposal(context, event);
      enqueue.assign({ refusedCount: context.refusedCount + 1 });
      const what = isReport ? 'failure' : 'proposal';
      enqueue.emit({ type: 'secr.refused', at: event.at, what, why: why ?? notWatching });
    }),
    noteFailure: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'FAILURE_REPORTED') return;
      const { at, group, subgroup, severity, target = null } = event;
      const { pressures, settings, paths } = context;
      const { halfLifeMs } = settings;
      const known = pressures[subgroup];
      const pressure = pressureAfter(known, event, halfLifeMs);
      const key = keyOf(context, event);
      const number = Number(key.slice(subgroup.length + 1));
      enqueue.assign({ failureCount: number, pressures: { ...pressures, [subgroup]: pressure } });
      tell({ enqueue, system }, [paths.failures], { type: 'NOTED', at, number, key, severity });
      enqueue.emit({
        ...{ type: 'secr.failureReported', at, key, group, subgroup, severity, target, halfLifeMs },
        pressure: pressure.value,
        pressureBefore: pressureAt(known, at, halfLifeMs),
      });
      for (const { actor } of workingOf(context).filter((one) => one.subgroup === subgroup)) {
        enqueue.sendTo(actor, { type: 'FAILED_AGAIN', at, severity });
      }
    }),
    answer: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'FAILURE_REPORTED') return;
      const { at, group, subgroup, severity, target = null } = event;
      const key = `${subgroup}-${context.failureCount}`;
      const answer = answerTo(context, { group, subgroup, target }, at);
      if ('why' in answer) {
        enqueue.emit({ type: 'secr.unanswered', at, key, why: answer.why });
        return;
      }
      const { resolver, change, doubt, candidates } = answer;
      const id = `p-${context.patchCount + 1}`;
      const why = `answers ${key}`;
      const by = 'secr';
      const proposal = { ...change, resolver, group, subgroup, failureKey: key, by, why };
      const pressure = pressureAt(context.pressures[subgroup], at, context.settings.halfLifeMs);
      // The failure itself must not count as usual: every answer would seem to help.
      const usual = pressure - severity;
      const input = patchInput(context, { id, at, proposal, doubt }, usual);
      enqueue.assign({
        ...begun(context, input, { severity, pressure }),
        patchCount: context.patchCount + 1,
      });
      enqueue.emit({ type: 'secr.answered', at, id, key, resolver, candidates, doubt });
      const told = { type: 'ANSWERED', at, key, patch: id, end: null };
      tell({ enqueue, system }, [context.paths.failures], told);
      enqueue.spawnChild('patch', { id, input });
    }),
    propose: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'PATCH_PROPOSED') return;
      const { at, number, operations, type: _, ...proposed } = event;
      const from = Object.fromEntries(operations.map(({ path }) => [path, context.values[path]!]));
      const id = `h-${number}`;
      const proposal = { ...proposed, operations, from };
      const known = context.pressures[event.subgroup];
      const pressure = pressureAt(known, at, context.settings.halfLifeMs);
      const input = patchInput(context, { id, at, proposal, doubt: null }, pressure);
      enqueue.assign({
        ...begun(context, input, { severity: 0, pressure }),
        proposalCount: number,
      });
      enqueue.spawnChild('patch', { id, input });
    }),
    noteSample: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'PERFORMED') return;
      const { type: _, at, ...sample } = event;
      const { baselineCount } = context.settings.score;
      enqueue.assign({
        samples: [...context.samples, sample].slice(-baselineCount),
        threshold: withProfit(context.threshold, sample.profitDelta),
      });
      for (const { actor } of workingOf(context)) {
        enqueue.sendTo(actor, { type: 'PERFORMED', at, ...sample });
      }
    }),
    noteMarket: assign(({ context, event }) => {
      if (event.type !== 'MARKET_SEEN') return {};
      const { volatilityRatio, volumeRatio, momentumRatio } = event;
      const market = { volatilityRatio, volumeRatio, momentumRatio };
      return { threshold: { ...context.threshold, market } };
    }),
    moveThreshold: enqueueActions(({ context, enqueue }) => {
      const { threshold, fact } = movedThreshold(context);
      if (threshold === context.threshold) return;
      enqueue.assign({ threshold });
      enqueue.emit({ type: 'secr.thresholdChanged', ...fact });
    }),
    pin: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'PIN') return;
      const { at, key, by, why } = event;
      enqueue.assign({ pins: { ...context.pins, [key]: { by, why, atMs: at } } });
      enqueue.emit({ type: 'secr.pinned', at, key, by, why });
      const owner = workingOf(context).find(({ from }) => Object.hasOwn(from, key));
      if (owner)
        enqueue.sendTo(owner.actor, { type: 'WITHDRAW', at, by, why: `pins ${key}: ${why}` });
    }),
    unpin: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'UNPIN' || !Object.hasOwn(context.pins, event.key)) return;
      const { at, key, by, why } = event;
      const { [key]: _, ...pins } = context.pins;
      enqueue.assign({ pins });
      enqueue.emit({ type: 'secr.unpinned', at, key, by, why });
    }),
    passOn: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'APPROVE' && event.type !== 'REJECT' && event.type !== 'WITHDRAW') return;
      const { type, id, at, by, why } = event;
      const patch = workingOf(context).find((one) => one.id === id);
      if (patch) enqueue.sendTo(patch.actor, { type, at, by, why });
    }),
    withdrawAll: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'RESET') return;
      const { at, by, why } = event;
      enqueue.assign({ resetBy: { by, why } });
      enqueue.emit({ type: 'secr.reset', at, by, why });
      for (const { actor } of workingOf(context)) {
        enqueue.sendTo(actor, { type: 'WITHDRAW', at, by, why: `reset: ${why}` });
      }
    }),
    raiseUnrestored: enqueueActions(({ context, event, enqueue, system }) => {
      const { at, paths } = context;
      const text = `Settings could not be brought back by a reset: ${restored(event).why}`;
      const alert = { type: 'RAISE', at, key: resetAlert, severity: 'critical', text };
      tell({ enqueue, system }, [paths.alerts], { ...alert, path: paths.secr });
    }),
    /** Everything is back, also what nobody was at work at any more. */
    endReset: enqueueActions(({ context, enqueue, system }) => {
      const { at, paths, resetBy } = context;
      tell({ enqueue, system }, [paths.alerts], { type: 'RESOLVE', at, key: resetAlert });
      const why = `reset: ${resetBy?.why ?? ''}`;
      for (const { id } of givenUpOf(context)) {
        tell({ enqueue, system }, [paths.alerts], { type: 'RESOLVE', at, key: patchAlert(id) });
        const end = { at, id, why, outcome: null, after: noTotals, fault: null };
        enqueue.raise({ type: 'PATCH_CHANGED', state: 'rolledBack', isWithdrawn: true, ...end });
      }
    }),
    announceRestored: emit(({ context, event }) => ({
      ...{ type: 'secr.restored' as const, at: context.at, ...restored(event) },
    })),
    resume: enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'RESUME') return;
      const { at, by, why } = event;
      enqueue.assign({ resetBy: null });
      enqueue.emit({ type: 'secr.resumed', at, by, why });
    }),
    notePatch: enqueueActions(({ context, event, enqueue, system }) => {
      if (event.type !== 'PATCH_CHANGED') return;
      const patch = context.active[event.id];
      if (!patch) return;
      if (!isEnd(event)) {
        const active = { ...context.active, [patch.id]: { ...patch, state: event.state } };
        enqueue.assign({ active });
        return;
      }
      const record = recordOf(context, patch, event);
      const { at, why, state: verdict } = event;
      const { id, failureKey: key, resolver, subgroup } = patch;
      const after = ended(context, record);
      enqueue.assign(after);
      enqueue.emit({
        ...{ type: 'secr.resolved', at, id, key, resolver, subgroup, verdict, why },
        ...{ score: record.outcome?.score ?? null, reward: record.reward },
        trustBefore: trustIn(context.trusts, subgroup, resolver),
        trust: trustIn(after.trusts, subgroup, resolver),
      });
      if (key === null) return;
      const told = { type: 'ANSWERED', at, key, patch: id, end: verdict };
      tell({ enqueue, system }, [context.paths.failures], told);
    }),
    /** One that crashes again and again is left to people: its settings stay owned. */
    undoCrashed: enqueueActions(({ context, event, enqueue, system }) => {
      if (!('actorId' in event) || !('error' in event)) return;
      const patch = activeOf(context).find(({ actor }) => actor === event.actorId);
      enqueue.stopChild(event.actorId);
      if (!patch) return;
      const why = event.error instanceof Error ? event.error.message : String(event.error);
      const crashCount = patch.crashCount + 1;
      const { id } = patch;
      const { at } = context;
      const actor = `${id}.${crashCount}`;
      const active = { ...context.active, [id]: { ...patch, actor, crashCount } };
      enqueue.assign({ active });
      enqueue.emit({ type: 'secr.patchCrashed', at, id, why, crashCount });
      if (!isGivenUp(active[id]!)) {
        enqueue.spawnChild('patch', { id: actor, input: undoInput(context, patch, why) });
        return;
      }
      const { alerts, secr: path } = context.paths;
      const text = `Patch ${id} crashed ${crashCount} times: its settings need a person. ${why}`;
      const alert = { type: 'RAISE', at, key: patchAlert(id), severity: 'critical', text, path };
      tell({ enqueue, system }, [alerts], alert);
    }),
    forgetChild: enqueueActions(({ event, enqueue }) => {
      if ('actorId' in event) enqueue.stopChild(event.actorId);
    }),
  },
});
