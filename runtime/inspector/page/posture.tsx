/** What may be done, and who forbids what. */
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { choose } from './moves.ts';
import { read } from './orders.ts';
import * as s from './store.ts';
import { mainState } from './tone.ts';

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

/** Only what is in force can be asked for; of the past the actor itself has it. */
export function Posture() {
  const [view, setView] = useState<PostureView | undefined>(undefined);
  const isPast = s.mode.value !== 'live';
  const seq = s.vitals.value?.forbidden.join();
  useEffect(() => {
    if (!isPast) read<PostureView>('/api/posture').then(setView, () => {});
  }, [isPast, seq]);
  const found = s.actors.value.find(({ machine }) => machine === 'posture');
  return (
    <div class="pop posture" role="dialog" aria-label="Posture">
      {view && !isPast && <Capabilities view={view} />}
      {isPast && found && (
        <p class="small">
          The posture was <b>{mainState(found)}</b>.{' '}
          <button
            type="button"
            class="link"
            onClick={() => {
              s.popover.value = 'none';
              choose(found.path);
            }}
          >
            See who forbade what
          </button>
        </p>
      )}
      {!found && <p class="muted small">Nothing restricts this run.</p>}
    </div>
  );
}
