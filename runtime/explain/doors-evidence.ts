/** Why people were told that many requests were turned away. */
import type { DoorsContext, DoorsEmitted, DoorsEvent } from '../../machines/doors.ts';
import { refusalsIn, sumOf, withRefusals } from '../../machines/policies/door-pressure.ts';
import type { Judge } from './evidence.ts';

type Pressed = Extract<DoorsEmitted, { type: 'doors.pressed' }>;

const pressed: Judge = ({ fact, event, before }) => {
  const refused = event as DoorsEvent | undefined;
  if (refused?.type !== 'REFUSED' || !before) return undefined;
  const { recent, settings } = before as DoorsContext;
  const { count, refusedCountMax } = fact as unknown as Pressed;
  const judged = refusalsIn(withRefusals(recent, refused.at, sumOf(refused.counts)));
  return {
    text: `${count} requests turned away in a minute, ${refusedCountMax} are borne`,
    checks: [
      { what: 'refusals in a minute', expected: judged, actual: count },
      { what: 'borne', expected: settings.refusedCountMax, actual: refusedCountMax },
      { what: 'more than are borne', expected: true, actual: judged > settings.refusedCountMax },
    ],
  };
};

export const doorsEvidence: { readonly [fact: string]: Judge } = { 'doors.pressed': pressed };
