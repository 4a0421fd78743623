/**
 * Begins a journal, or continues one: restores the newest snapshot, replays what came after it,
 * tells the tree that it resumed, and goes on.
 */
import { randomUUID } from 'node:crypto';
import { KintsugiError, RuntimeStoppedError } from '../actors/errors.ts';
import type { Settings } from '../config/settings.ts';
import type { Core, SettingsChange } from './core.ts';
import { EFFECT_FAILED } from './engine/adopt.ts';
import type { Asked } from './engine/effects.ts';
import type { Entry } from './engine/ingress.ts';
import { isOnce } from './engine/kinds.ts';
import { FORMAT, type HeaderLine, type Json } from './journal/format.ts';
import type { Journal } from './journal/journal.ts';
import { linesAfter } from './journal/read.ts';
import { machineHashes, refuseChanged } from './machine-hashes.ts';
import type { ResolvedOptions, TurnObserver } from './options.ts';
import { divergedError } from './replay/divergence.ts';
import { feed } from './replay/feed.ts';
import type { RunLog } from './run-log.ts';
import { differences } from './settings/differences.ts';
import { settingsFrom } from './settings/load.ts';
import { applyPatch, type PatchOperation } from './settings/patch.ts';
import { redact } from './settings/redact.ts';
import { loadSnapshot } from './snapshot/load.ts';
import { restore } from './snapshot/restore.ts';

/** The process ended before an effect had its outcome: whether it was done is not known. */
export class EffectInterruptedError extends KintsugiError {
  readonly code = 'EFFECT_INTERRUPTED';
  readonly retryable = true;
}

export interface Recovery {
  readonly core: Core;
  readonly journal: Journal;
  readonly options: ResolvedOptions;
  readonly seed: number;
  readonly observer: TurnObserver | undefined;
  readonly log: Pick<RunLog, 'snapshotUnusable'>;
}

export async function recover(recovery: Recovery): Promise<void> {
  const { core, journal, options, seed } = recovery;
  const submit = (entry: Entry) => core.engine.submit(entry);
  const { header, head } = await journal.open();
  core.engine.effects.epoch = head.epoch;
  if (!header) {
    const begun = headerOf(core, options, seed);
    journal.begin(begun);
    core.engine.journalId = begun.id;
    submit({ kind: 'command', path: '', event: { command: 'start' } });
    return;
  }
  core.engine.journalId = header.id;
  refuseChanged(header, options.tree);
  await restoreNewest(recovery);
  const fed = await feed(core, linesAfter(journal.log, core.engine.seq));
  if (fed.divergence) throw divergedError(fed.divergence);
  if (core.engine.seq > 0 && !core.tree.node(`/${options.tree.id}`)?.actor) {
    throw new RuntimeStoppedError(
      `The tree '/${options.tree.id}' of this journal has ended, so it cannot be continued: ` +
        'choose another folder for the journal.',
    );
  }
  options.clock.catchUp?.(core.engine.at);
  core.engine.mode = 'live';
  // What is asked for from now on is not interrupted: this process starts it.
  const interrupted = core.engine.effects.waiting();
  if (core.engine.seq === 0) submit({ kind: 'command', path: '', event: { command: 'start' } });
  else submit({ kind: 'resume', path: '', event: {} });
  adjustSettings(core, options.wanted, submit);
  takeUpEffects(core, interrupted);
}

async function restoreNewest(recovery: Recovery): Promise<void> {
  const { core, journal, observer, log } = recovery;
  const onUnusable = (seq: number, why: string) => log.snapshotUnusable(seq, why);
  const snapshot = await loadSnapshot(journal.log, { onUnusable });
  if (!snapshot) return;
  const { settings, observer: saved } = snapshot.head;
  restore(core, snapshot, await settingsFrom(settings));
  if (saved !== undefined) observer?.restore(saved);
}

function headerOf(core: Core, options: ResolvedOptions, seed: number): HeaderLine {
  const { tree } = options;
  return {
    format: FORMAT,
    id: randomUUID(),
    seed,
    settings: redact(core.settings) as Json,
    machines: machineHashes(tree),
    host: options.host ?? 'custom',
  };
}

/** These come with the names that the host asks for. */
const byName: ReadonlySet<keyof Settings> = new Set([
  ...(['breakers', 'protections', 'signals', 'failover'] as const),
]);

/**
 * Settings that the host gives now and did not give before come in as one more change. Where it
 * gives the same as ever, what was changed while it ran stays changed.
 */
function adjustSettings(core: Core, wanted: Settings, submit: (entry: Entry) => void): void {
  const groups = (Object.keys(wanted) as (keyof Settings)[]).filter((key) => !byName.has(key));
  const changed = groups.flatMap((key) => differences(core.given[key], wanted[key], [key]));
  if (changed.length === 0) return;
  const touched = groups.filter((key) =>
    changed.some(({ path }) => `${path}/`.startsWith(`/${key}/`)),
  );
  const patch = fits(core.settings, changed)
    ? changed
    : touched.map((key) => ({ op: 'replace', path: `/${key}`, value: wanted[key] }) as const);
  const why = 'other settings at the restart';
  const event: SettingsChange = { patch, by: 'host', why, isGiven: true };
  submit({ kind: 'settings', path: '', event });
}

/** Single changes may contradict what was changed meanwhile; then the host's groups hold whole. */
function fits(settings: Settings, patch: readonly PatchOperation[]): boolean {
  try {
    applyPatch(settings, patch);
    return true;
  } catch {
    return false;
  }
}

/**
 * A promise may have been kept or not: it fails as interrupted, or is asked for again under its
 * key. Sources of events start again.
 */
function takeUpEffects(core: Core, interrupted: readonly Asked[]): void {
  for (const asked of interrupted) {
    const path = core.engine.paths.of(asked.actor);
    if (isOnce(asked.kind) && !asked.isRetried) {
      const text = `The process ended before '${path}' had an outcome.`;
      core.engine.outcome(asked.actor, {
        type: EFFECT_FAILED,
        error: new EffectInterruptedError(text),
      });
    } else {
      core.engine.effects.queueStart(asked);
    }
  }
}
