/** The page: top bar, notice, tree, four views of one turn, the chosen actor, the journal. */
import type { ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { ActorPanel } from './actor-panel.tsx';
import { Alerts } from './alerts.tsx';
import { Breakers } from './breakers.tsx';
import { ChartPanel } from './chart.tsx';
import { Key } from './icons.tsx';
import { connect } from './link.ts';
import { toggleFollow } from './moves.ts';
import { Notice } from './notice.tsx';
import { Overview } from './overview.tsx';
import { Palette } from './palette.tsx';
import { Patches } from './patches.tsx';
import { Posture } from './posture.tsx';
import { isLacking, Lacking, Recordings } from './recordings.tsx';
import { Sequence } from './sequence.tsx';
import * as s from './store.ts';
import { Story } from './story.tsx';
import { Timeline } from './timeline.tsx';
import { Bowl, TopBar } from './top-bar.tsx';
import { Tree } from './tree.tsx';

const tabs: readonly (readonly [s.Tab, string])[] = [
  ['chart', 'Chart'],
  ['sequence', 'Sequence'],
  ['story', 'Story'],
  ['overview', 'Overview'],
  ['breakers', 'Breakers'],
  ['patches', 'Patches'],
];
const views: Readonly<Record<s.Tab, () => ComponentChild>> = {
  ...{ chart: ChartPanel, sequence: Sequence, story: Story, overview: Overview },
  ...{ breakers: Breakers, patches: Patches },
};

function Main() {
  const View = views[s.tab.value];
  return (
    <main class="panel main">
      <div class="tabs">
        <div role="tablist" aria-label="Views">
          {tabs.map(([id, name], index) => (
            <button
              type="button"
              class="tab"
              role="tab"
              key={id}
              aria-selected={s.tab.value === id}
              onClick={() => {
                s.tab.value = id;
              }}
            >
              {name} <Key>{String(index + 1)}</Key>
            </button>
          ))}
        </div>
        <button
          type="button"
          class="btn hide-phone follow"
          aria-pressed={s.follows.value}
          title="Show the actor that each turn changed (F)"
          onClick={toggleFollow}
        >
          Follow <Key>F</Key>
        </button>
      </div>
      <View />
    </main>
  );
}

const panels: readonly (readonly [s.Panel, string, string])[] = [
  ['tree', 'Tree', 'M4 3v11h6M4 8h6M13 6h4v4h-4zM13 12h4v4h-4z'],
  ['main', 'Watch', 'M2 6h6v5H2zM12 3h6v5h-6zM12 12h6v5h-6zM8 8.5h2.5V5.5H12M10.5 8.5v6H12'],
  ['side', 'Actor', 'M3 4h14M3 8h9M3 12h12M3 16h7'],
  ['events', 'Journal', 'M3 4h2M8 4h9M3 10h2M8 10h9M3 16h2M8 16h9'],
];

const PhoneNav = () => (
  <nav class="phone" aria-label="Panels">
    {panels.map(([id, name, d]) => (
      <button
        type="button"
        key={id}
        aria-current={s.panel.value === id}
        onClick={() => {
          s.panel.value = id;
        }}
      >
        <svg viewBox="0 0 20 20" aria-hidden={true}>
          <path d={d} fill="none" stroke="currentColor" stroke-width="1.4" />
        </svg>
        {name}
      </button>
    ))}
  </nav>
);

/** Nobody is connected yet: the token is missing or was refused. */
function Empty() {
  const [given, setGiven] = useState('');
  const isRefused = s.link.value === 'refused';
  return (
    <main class="empty">
      <div class="card">
        <Bowl class="bowl" />
        <h2>{isRefused ? 'The runtime did not let this page in' : 'Open the page by its link'}</h2>
        <p>
          {isRefused
            ? 'The token is not one of this run, or the run has ended.'
            : 'The command that serves it prints a link that ends in a token.'}{' '}
          A token lies in the token file beside the journal.
        </p>
        <form
          class="token"
          onSubmit={(event) => {
            event.preventDefault();
            connect(given.trim());
          }}
        >
          <label class="field">
            <input
              type="password"
              aria-label="Token"
              placeholder="Token"
              autocomplete="off"
              value={given}
              onInput={({ currentTarget }) => setGiven(currentTarget.value)}
            />
          </label>
          <button type="submit" class="btn pri">
            Open
          </button>
        </form>
        <div class="cmd">
          <span class="muted">$</span>
          <span class="grow">kintsugi inspect JOURNAL</span>
        </div>
      </div>
    </main>
  );
}

export function App() {
  const isEmpty = !s.hello.value;
  const state = isEmpty ? 'empty' : s.mode.value === 'lost' ? 'lost' : '';
  const popover = s.popover.value;
  return (
    <div class="app" data-view={s.panel.value} data-state={state}>
      <TopBar />
      {isEmpty ? (
        isLacking() ? (
          <Lacking />
        ) : (
          <Empty />
        )
      ) : (
        <>
          <Notice />
          <Tree />
          <Main />
          <ActorPanel />
          <Timeline />
          <PhoneNav />
        </>
      )}
      {popover === 'alerts' && <Alerts />}
      {popover === 'posture' && <Posture />}
      <Palette />
      <Recordings />
      <div class={`toast${s.toast.value === '' ? '' : ' on'}`} role="status">
        {s.toast.value}
      </div>
    </div>
  );
}
