/** What may be done, and who forbids what; breakers at a glance. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { choose } from './moves.ts';
import { read } from './orders.ts';
import * as s from './store.ts';
import { mainState, toneOf } from './tone.ts';

interface PostureView {
  readonly allowed: readonly string[];
  readonly forbidden: readonly {
    readonly capability: string;
    readonly region: string;
    readonly state: string;
    readonly why: string;
  }[];
}

function Capabilities({ view }: { view: PostureView }) {
  return (
    <table>
      <thead>
        <tr>
          <th>Capability</th>
          <th>Now</th>
          <th>By whom</th>
        </tr>
      </thead>
      <tbody>
        {view.forbidden.map(({ capability, region, state, why }) => (
          <tr key={capability + region}>
            <td>{capability}</td>
            <td>
              <span class="chip bad">
                <Icon name="bad" />
                forbidden
              </span>
            </td>
            <td>
              {region} {state}: {why}
            </td>
          </tr>
        ))}
        {view.allowed.map((capability) => (
          <tr key={capability}>
            <td>{capability}</td>
            <td>
              <span class="chip ok">
                <Icon name="ok" />
                allowed
              </span>
            </td>
            <td />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Breakers() {
  const breakers = s.actors.value.filter(({ machine }) => /breaker|patch$/i.test(machine));
  return (
    <>
      <p class="eyebrow">Breakers and patches</p>
      {breakers.map((actor) => (
        <button
          type="button"
          class="breaker"
          key={actor.path}
          onClick={() => {
            s.popover.value = 'none';
            choose(actor.path);
          }}
        >
          <Icon name={toneOf(actor)} />
          <span class="grow trunc">{actor.path}</span>
          <span class="muted">{mainState(actor)}</span>
        </button>
      ))}
    </>
  );
}

export function Posture() {
  const [view, setView] = useState<PostureView | undefined>(undefined);
  const isPast = s.isPast.value;
  useEffect(() => {
    if (!isPast) read<PostureView>('/api/posture').then(setView, () => {});
  }, [isPast]);
  return (
    <div class="pop posture" role="dialog" aria-label="Posture">
      {view && !isPast && <Capabilities view={view} />}
      <Breakers />
    </div>
  );
}
