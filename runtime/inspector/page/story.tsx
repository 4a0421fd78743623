/** Why the turn happened, as the journal and its replay have it. */
import { Icon } from './icons.tsx';
import { choose, copy, goTo } from './moves.ts';
import * as s from './store.ts';
import type { Explanation, Happening } from './wire.ts';
import { clockTime, count, eventWords, nameOf, short, stateText } from './words.ts';

type Entry = Explanation['entry'];

const Meta = ({ entry, word, isNow }: { entry: Entry; word: string; isNow?: boolean }) => (
  <div class="meta">
    <span class={isNow ? 's-gold' : ''}>{word}</span>
    <span>{clockTime(entry.at)}</span>
    <button type="button" onClick={() => goTo(entry.seq)}>
      seq {count(entry.seq)}
    </button>
    {entry.path !== '' && (
      <button type="button" onClick={() => choose(entry.path)}>
        {entry.path}
      </button>
    )}
  </div>
);

/** The values that a fact was judged by. */
function Judged({ happening }: { happening: Extract<Happening, { kind: 'fact' }> }) {
  const { judgement } = happening;
  if (!judgement) return null;
  return (
    <div class="judged">
      <p>
        {judgement.text}
        {!judgement.agrees && <b class="s-bad"> The journal says something else.</b>}
      </p>
      {judgement.checks.length > 0 && (
        <div class="guards">
          {judgement.checks.map(({ what, expected, actual }) => (
            <div key={what}>
              <Icon name={short(expected) === short(actual) ? 'yes' : 'off'} />
              <span class="trunc" title={what}>
                {what}
              </span>
              <em>{short(actual)}</em>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

type Guard = Extract<Happening, { kind: 'guard' }>;

export function Guards({ all }: { all: readonly Guard[] }) {
  if (all.length === 0) return null;
  return (
    <div class="guards">
      {all.map((guard, index) => {
        const { name, result } = guard as unknown as { name: string; result: boolean };
        const holds = result ?? guard.taken;
        return (
          <div key={index}>
            <Icon name={holds ? 'yes' : 'off'} label={holds ? 'true' : 'false'} />
            <span class="trunc">
              {name ?? guard.place} <span class="muted">on {eventWords(guard.on)}</span>
            </span>
            <em>{nameOf(guard.actor)}</em>
          </div>
        );
      })}
    </div>
  );
}

export const isGuard = (one: Happening): one is Guard => one.kind === 'guard';
const isFact = (one: Happening): one is Extract<Happening, { kind: 'fact' }> => one.kind === 'fact';

function Changes({ changed }: { changed: Explanation['changed'] }) {
  return (
    <ul class="changes">
      {changed.map(({ path, from, to, fields }) => (
        <li key={path}>
          <button type="button" class="link mono" onClick={() => choose(path)}>
            {path}
          </button>{' '}
          {to !== undefined && (
            <span class="mono">
              {stateText(from)} → <b>{stateText(to)}</b>
            </span>
          )}
          {fields.length > 0 && (
            <span class="muted"> {fields.map(({ name }) => name).join(', ')}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function ThisTurn({ told }: { told: Explanation }) {
  const facts = told.happened.filter(isFact);
  return (
    <li class="cur">
      <span class="dot" />
      <Meta entry={told.entry} word="this turn" isNow />
      <p>{told.entry.what}</p>
      {facts.map((happening, index) => (
        <Judged key={index} happening={happening} />
      ))}
      <Guards all={told.happened.filter(isGuard)} />
      <Changes changed={told.changed} />
      {told.happenedLeftOut > 0 && (
        <p class="muted">{count(told.happenedLeftOut)} more happenings are not listed.</p>
      )}
    </li>
  );
}

const Command = ({ seq }: { seq: number }) => {
  const text = `kintsugi explain JOURNAL --seq ${seq}`;
  return (
    <div class="cmd">
      <span class="muted">$</span>
      <span class="grow">{text}</span>
      <button type="button" class="btn" onClick={() => copy(text)}>
        Copy
      </button>
    </div>
  );
};

function Nothing() {
  const asked = s.hello.value?.hasMachines && !s.refusal.value ? s.turn.value?.seq : undefined;
  const text = !s.hello.value?.hasMachines
    ? 'The machines of this journal are not known here: only its recorded turns can be shown.'
    : asked === undefined
      ? 'Choose a turn in the list below, or wait for the next one.'
      : `The run is replayed up to seq ${asked}.`;
  return (
    <article class="story">
      <h2>{asked === undefined ? 'Nothing to explain yet' : 'Being explained'}</h2>
      <p class="lead">{s.refusal.value || text}</p>
    </article>
  );
}

/** The change of state that says most: of whom the entry went to, else of the first. */
function changeText({ entry, changed }: Explanation): string | undefined {
  const moved = changed.filter(({ from, to }) => from !== undefined && to !== undefined);
  const isNear = (path: string) => entry.path === path || entry.path.startsWith(`${path}/`);
  const found = moved.find(({ path }) => isNear(path) && path !== entry.path) ?? moved[0];
  return found && `${nameOf(found.path)}: ${stateText(found.from)} → ${stateText(found.to)}`;
}

/** What is shown is the turn before, until the replay has come to the one that is wanted. */
const Later = () => (
  <p class="chip gold">
    Seq {count(s.turn.value?.seq ?? 0)} is being replayed; below is what was read before it.
  </p>
);

const leadOf = (count: number): string =>
  `${count} entries lead from the outside world to this turn; the newest is first.`;

export function Story() {
  const told = s.explanation.value;
  const causes = told?.causes ?? [];
  const judged = told?.happened.filter(isFact).find(({ judgement }) => judgement);
  const title = (told && changeText(told)) ?? judged?.judgement?.text ?? told?.entry.what;
  return (
    <section class="view on" role="tabpanel" aria-label="Story">
      {!told ? (
        <Nothing />
      ) : (
        <article class="story" tabIndex={0}>
          {told.entry.seq !== s.turn.value?.seq && <Later />}
          <h2>{title}</h2>
          <p class="lead">
            {causes.length === 0
              ? 'One turn, caused from outside.'
              : leadOf(causes.length + told.causesLeftOut)}
          </p>
          {told.divergence && (
            <p class="s-bad">The replay did something else than the journal says.</p>
          )}
          <ol class="chain">
            <ThisTurn told={told} />
            {causes.map((entry) => (
              <li key={entry.seq}>
                <span class="dot" />
                <Meta entry={entry} word="because" />
                <p>{entry.what}</p>
              </li>
            ))}
          </ol>
          {told.later.length > 0 && <p class="eyebrow">It led to</p>}
          {told.later.slice(0, 12).map((entry) => (
            <div class="later" key={entry.seq}>
              <Meta entry={entry} word="" />
              <span>{entry.what}</span>
            </div>
          ))}
          <Command seq={told.entry.seq} />
        </article>
      )}
    </section>
  );
}
