/** Shapes that say what colours say. */
import type { ComponentChild } from 'preact';
import type { Tone } from './tone.ts';

type Name = Tone | 'yes' | 'no' | 'gold';

const shapes: Readonly<Record<Name, ComponentChild>> = {
  ok: <circle cx="6" cy="6" r="3.5" fill="currentColor" />,
  probe: (
    <>
      <circle cx="6" cy="6" r="3.5" fill="none" stroke="currentColor" stroke-width="1.4" />
      <path d="M6 2.5a3.5 3.5 0 0 1 0 7z" fill="currentColor" />
    </>
  ),
  warn: (
    <path
      d="M6 1.8l4.6 8.4H1.4z"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linejoin="round"
    />
  ),
  bad: (
    <>
      <path d="M3.9 1h4.2L11 3.9v4.2L8.1 11H3.9L1 8.1V3.9z" fill="currentColor" />
      <path d="M3.5 6h5" stroke="var(--bg-1)" stroke-width="1.6" />
    </>
  ),
  yes: <path d="M2 6.5l2.8 2.8L10 3.6" fill="none" stroke="var(--fg)" stroke-width="1.6" />,
  no: <path d="M3 3l6 6m0-6l-6 6" fill="none" stroke="currentColor" stroke-width="1.4" />,
  off: <path d="M2.5 6h7" stroke="currentColor" stroke-width="1.6" />,
  gold: (
    <path
      d="M1 8l3-1.5L6 9l2-5.5 1.5 2L11 4"
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linejoin="round"
    />
  ),
};

/** @param label what it says to those who do not see it; without one it is decoration. */
export function Icon({ name, label }: { readonly name: Name; readonly label?: string }) {
  const said = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return (
    <svg class={`ic s-${name}`} viewBox="0 0 12 12" {...(said as object)}>
      {shapes[name]}
    </svg>
  );
}

/** The same shape inside another drawing. */
export const Shape = ({ name, x, y }: { name: Name; x: number; y: number }) => (
  <g class={`s-${name}`} transform={`translate(${x} ${y})`}>
    {shapes[name]}
  </g>
);

const kinds: Readonly<Record<string, string>> = {
  event: 'M5 2a3 3 0 1 0 .01 0z',
  timer: 'M5 1a4 4 0 1 0 .01 0zM5 2.6V5l1.7 1',
  outcome: 'M5 .8L9.2 5 5 9.2.8 5z',
  command: 'M2 1l6.5 4L2 9z',
  settings: 'M1 3h8M1 7h8M3 1.5v3M7 5.5v3',
  child: 'M2 1v5h6M5.5 3.5L8 6 5.5 8.5',
  resume: 'M8.5 5A3.5 3.5 0 1 1 7 2.2M7 .5v2.2H4.8',
};
const filled: ReadonlySet<string> = new Set(['outcome', 'command']);

export const entryKinds: readonly string[] = Object.keys(kinds);

export const KindIcon = ({ kind }: { kind: string }) => (
  <svg viewBox="0 0 10 10" aria-hidden={true}>
    <path
      d={kinds[kind] ?? kinds['event']!}
      fill={filled.has(kind) ? 'currentColor' : 'none'}
      stroke={filled.has(kind) ? 'none' : 'currentColor'}
      stroke-width="1.2"
    />
  </svg>
);

export const Key = ({ children }: { children: string }) => <kbd class="hide-phone">{children}</kbd>;
