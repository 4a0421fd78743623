/** Orders as buttons, each with a form for who and why; what became of it stays to be read. */
import { useState } from 'preact/hooks';
import { Icon } from './icons.tsx';
import { goTo } from './moves.ts';
import { type Outcome, order, orderLog, setWho, who } from './orders.ts';
import * as s from './store.ts';
import { count } from './words.ts';

export interface OrderChoice {
  readonly label: string;
  readonly path: string;
  /** What goes beside who and why. */
  readonly body?: object;
  /** What it takes beyond an operator. */
  readonly role?: 'admin';
  /** Asked for in the form, by name of the field in the body. */
  readonly ask?: { readonly name: string; readonly label: string };
}

interface FormProps {
  readonly label: string;
  /** An event may carry more than its type. */
  readonly hasData?: boolean;
  readonly ask?: OrderChoice['ask'];
  readonly send: (given: Given) => Promise<Outcome>;
  readonly done: () => void;
}

export interface Given {
  readonly by: string;
  readonly why: string;
  readonly data: object;
  readonly asked: string;
}

/** @throws {SyntaxError} for no JSON. @throws {TypeError} for JSON that is no object. */
function dataOf(text: string): object {
  const data: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data;
  throw new TypeError('Fields of an event are an object, as in { "limit": 3 }.');
}

/** What was said against an order, where it was given. */
export const Refused = ({ text }: { text: string }) =>
  text === '' ? null : (
    <p class="refusal" role="alert">
      <Icon name="bad" />
      <span>{text}</span>
    </p>
  );

/** Stays open with what the server says against it. */
export function OrderForm({ label, hasData, ask, send, done }: FormProps) {
  const [wrong, setWrong] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async (form: HTMLFormElement): Promise<void> => {
    const given = new FormData(form);
    const text = (name: string) => String(given.get(name) ?? '').trim();
    setWho(text('by'));
    setBusy(true);
    try {
      const data = dataOf(text('data'));
      const outcome = await send({ by: text('by'), why: text('why'), data, asked: text('asked') });
      if (outcome.isDone) done();
      else setWrong(outcome.text);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit(event.currentTarget);
      }}
    >
      {ask && <input name="asked" required placeholder={ask.label} aria-label={ask.label} />}
      {hasData && (
        <textarea
          name="data"
          rows={2}
          placeholder={'Fields as JSON, as { "limit": 3 }'}
          aria-label="Fields of the event as JSON"
        />
      )}
      <input
        name="by"
        required
        placeholder="Your name"
        aria-label="Your name"
        defaultValue={who()}
      />
      <input
        name="why"
        required
        minLength={4}
        placeholder="Reason, kept in the journal"
        aria-label="Reason"
      />
      <Refused text={wrong} />
      <button type="submit" class="btn pri" disabled={isBusy}>
        {label}
      </button>
      <button type="button" class="btn" onClick={done}>
        Cancel
      </button>
    </form>
  );
}

export function Orders({ choices }: { choices: readonly OrderChoice[] }) {
  const [open, setOpen] = useState<string | undefined>(undefined);
  const may = s.mayOrder.value;
  const role = s.hello.value?.role;
  const chosen = choices.find(({ label }) => label === open);
  return (
    <div class="nx orders">
      <div class="buttons">
        {choices.map(({ label, role: needed }) => (
          <button
            type="button"
            class="btn line"
            key={label}
            disabled={!may || (needed === 'admin' && role !== 'admin')}
            title={may ? undefined : 'Takes operator rights (O) and the live run'}
            aria-pressed={open === label}
            onClick={() => setOpen(open === label ? undefined : label)}
          >
            {label}
          </button>
        ))}
      </div>
      {chosen && may && (
        <OrderForm
          key={chosen.label}
          label={`Confirm: ${chosen.label}`}
          {...(chosen.ask && { ask: chosen.ask })}
          done={() => setOpen(undefined)}
          send={({ by, why, asked }) => {
            const more = chosen.ask ? { [chosen.ask.name]: asked } : {};
            return order(chosen.path, { ...chosen.body, ...more, by, why }, chosen.label);
          }}
        />
      )}
    </div>
  );
}

/** What this page has ordered; the journal has it for good. */
export function OrderLog() {
  if (orderLog.value.length === 0) return <p class="muted small">None from this page.</p>;
  return orderLog.value.map(({ what, text, isDone, seq }, index) => (
    <div class="fx" key={index}>
      <Icon name={isDone ? 'yes' : 'bad'} label={isDone ? 'written' : 'refused'} />
      <span class="trunc" title={what}>
        {what}
      </span>
      {seq === undefined ? (
        <span />
      ) : (
        <button type="button" class="link" onClick={() => goTo(seq)}>
          {count(seq)}
        </button>
      )}
      {!isDone && <span class="sub wrap">{text}</span>}
    </div>
  ));
}
