/** SECR: how hard failures press, patches under way, verdicts, and settings that people keep. */
import { details } from './details.ts';
import { Icon } from './icons.tsx';
import { type OrderChoice, Orders } from './order-form.tsx';
import * as s from './store.ts';
import { toneOfState } from './tone.ts';
import { clockTime, count, short, timeLeft } from './words.ts';

interface Change {
  readonly path: string;
  readonly value: number;
}

interface PatchFields {
  readonly id: string;
  readonly resolver: string;
  readonly subgroup: string;
  readonly failureKey: string | null;
  readonly operations: readonly Change[];
  readonly from: Readonly<Record<string, number>>;
}

interface ActivePatch extends PatchFields {
  readonly state: string;
  readonly proposedAtMs: number;
}

interface Verdict extends PatchFields {
  readonly verdict: string;
  readonly at: number;
  readonly durationMs: number;
  readonly reward: number | null;
}

/** As far as the view reads it; long parts of it may have been cut. */
interface Coordinator {
  readonly active: Readonly<Record<string, ActivePatch>>;
  readonly records: readonly Verdict[];
  readonly pins: Readonly<Record<string, { readonly by: string; readonly why: string }>>;
  readonly threshold: { readonly value: number };
  readonly pressures: Readonly<Record<string, { readonly value: number; readonly atMs: number }>>;
  readonly settings: { readonly halfLifeMs: number };
  readonly failureCount: number;
  readonly refusedCount: number;
  readonly resetBy: { readonly by: string; readonly why: string } | null;
}

const Changes = ({ operations, from }: Pick<PatchFields, 'operations' | 'from'>) => (
  <ul class="changes mono">
    {operations.map(({ path, value }) => (
      <li key={path}>
        {path} <span class="muted">{short(from[path])}</span> → <b>{short(value)}</b>
      </li>
    ))}
  </ul>
);

const patchOrders = (id: string, state: string): readonly OrderChoice[] => {
  const held = ['approve', 'reject'] as const;
  const names = state === 'quarantined' ? [...held, 'withdraw'] : ['withdraw'];
  return names.map((name) => ({
    label: `${name[0]!.toUpperCase()}${name.slice(1)} ${id}`,
    path: `/api/patches/${encodeURIComponent(id)}/${name}`,
  }));
};

function Active({ patch }: { patch: ActivePatch }) {
  return (
    <section class="card-row" aria-label={`Patch ${patch.id}`}>
      <div class="one">
        <b>{patch.id}</b>
        <span class={`chip ${toneOfState(patch.state, 'patch') ?? 'probe'}`}>{patch.state}</span>
        <span class="grow trunc muted small">
          {patch.resolver} for {patch.subgroup}
          {patch.failureKey !== null && `, failure ${patch.failureKey}`}, since{' '}
          {clockTime(patch.proposedAtMs, false)}
        </span>
      </div>
      <Changes {...patch} />
      <Orders choices={patchOrders(patch.id, patch.state)} />
    </section>
  );
}

const verdictTone: Readonly<Record<string, 'ok' | 'warn' | 'off'>> = {
  ...{ kept: 'ok', rolledBack: 'warn', rejected: 'off' },
};

function Verdicts({ records }: { records: readonly Verdict[] }) {
  if (records.length === 0) return <p class="muted small">No patch has ended yet.</p>;
  return (
    <table class="plain">
      <thead>
        <tr>
          <th>Patch</th>
          <th>Verdict</th>
          <th>For</th>
          <th>Changed</th>
          <th>Took</th>
          <th>Reward</th>
        </tr>
      </thead>
      <tbody>
        {records.toReversed().map((one) => (
          <tr key={one.id}>
            <td>{one.id}</td>
            <td>
              <span class="one">
                <Icon name={verdictTone[one.verdict] ?? 'off'} />
                {one.verdict}
              </span>
            </td>
            <td>
              {one.resolver}
              <span class="muted"> for {one.subgroup}</span>
            </td>
            <td>
              <Changes {...one} />
            </td>
            <td>{timeLeft(one.durationMs)}</td>
            <td>{one.reward === null ? '' : short(Number(one.reward.toPrecision(3)))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Pins({ pins }: Pick<Coordinator, 'pins'>) {
  return (
    <>
      {Object.entries(pins).map(([key, { by, why }]) => (
        <div class="card-row" key={key}>
          <p class="small">
            <span class="mono">{key}</span> kept by <b>{by}</b>: {why}
          </p>
          <Orders
            choices={[{ label: `Unpin ${key}`, path: '/api/patches/unpin', body: { key } }]}
          />
        </div>
      ))}
      <Orders
        choices={[
          {
            label: 'Pin a setting',
            path: '/api/patches/pin',
            ask: { name: 'key', label: 'Setting, as /breaker/openDurationMs' },
          },
          { label: 'Roll back all and pause', path: '/api/patches/reset', role: 'admin' },
          { label: 'Resume', path: '/api/patches/resume', role: 'admin' },
        ]}
      />
    </>
  );
}

/** What is left of a pressure at the time that is shown. */
function pressureNow({ pressures, settings }: Coordinator): number {
  const now = s.shownHead.value.at;
  return Object.values(pressures).reduce((sum, { value, atMs }) => {
    const left = 2 ** (-Math.max(0, now - atMs) / settings.halfLifeMs);
    return sum + value * left;
  }, 0);
}

function Figures({ secr }: { secr: Coordinator }) {
  const rows = [
    ['failures', count(secr.failureCount)],
    ['pressure', short(Number(pressureNow(secr).toPrecision(3)))],
    ['threshold', short(Number(secr.threshold.value.toPrecision(4)))],
    ['under way', count(Object.keys(secr.active).length)],
    ['ended', count(secr.records.length)],
    ['refused', count(secr.refusedCount)],
  ] as const;
  return (
    <dl class="numbers">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Patches() {
  const path = s.actors.value.find(({ machine }) => machine === 'secr')?.path;
  const secr = details.value.get(path ?? '')?.context as Coordinator | undefined;
  return (
    <section class="view on" role="tabpanel" aria-label="Patches">
      <div class="over" role="region" tabIndex={0} aria-label="Patches of settings">
        {path === undefined && (
          <p class="muted small pad">
            SECR has not begun: it starts with the first failure that the host reports.
          </p>
        )}
        {path !== undefined && !secr && <p class="muted small pad">Being read…</p>}
        {secr && (
          <>
            <Figures secr={secr} />
            {secr.resetBy && (
              <p class="small s-warn">
                Paused by {secr.resetBy.by}: {secr.resetBy.why}
              </p>
            )}
            <p class="eyebrow">Under way</p>
            {Object.keys(secr.active).length === 0 && <p class="muted small">No patch.</p>}
            {Object.values(secr.active).map((patch) => (
              <Active key={patch.id} patch={patch} />
            ))}
            <p class="eyebrow">Kept by people</p>
            <Pins pins={secr.pins} />
            <p class="eyebrow">Verdicts</p>
            <Verdicts records={secr.records} />
          </>
        )}
      </div>
    </section>
  );
}
