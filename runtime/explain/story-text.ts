/** The story of an actor, as people read it: a line for each thing that became of it. */
import { divergenceText } from '../replay/divergence.ts';
import { eventName, eventText } from './entry-words.ts';
import { judgementLines } from './happening-text.ts';
import type { Incident, Story } from './story.ts';
import { moveText, stateText } from './values.ts';

export function storyText(story: Story): string {
  const { actor, machine, lastSeq, incidents, leftOut, divergence } = story;
  const width = String(incidents.at(-1)?.seq ?? '').length;
  const head = `${actor} (${machine}), up to seq ${lastSeq}`;
  const note = leftOut > 0 ? [`${leftOut} earlier incidents left out: --limit, --until`] : [];
  const none = incidents.length === 0 ? ['nothing became of it in these entries'] : [];
  const rows = incidents.flatMap((incident) => {
    const [first, ...rest] = incidentLines(incident, actor);
    const stamp = `${String(incident.seq).padStart(width)}  ${incident.time}  `;
    return [`${stamp}${first}`, ...rest.map((line) => ' '.repeat(stamp.length) + line)];
  });
  const warning = divergence ? [divergenceText(divergence), 'The story ends there.', ''] : [];
  return [...warning, head, ...note, ...none, ...rows].join('\n');
}

function incidentLines(incident: Incident, actor: string): string[] {
  switch (incident.kind) {
    case 'started': {
      const { incarnation, to, during } = incident;
      const what = incarnation === 0 ? 'started' : `restarted (start ${incarnation + 1})`;
      return [`${what} in ${stateText(to)}, during: ${during}`];
    }
    case 'ended': {
      const { how, why, during } = incident;
      return [`${how}${why ? `: ${why}` : ''}, during: ${during}`];
    }
    case 'changed': {
      const { from, to, on, by } = incident;
      const source = by === undefined ? 'outside' : by === '' ? 'the runtime' : by;
      return [`${moveText(from, to)} on ${eventName(on)}${by === actor ? '' : ` from ${source}`}`];
    }
    case 'fact': {
      const lines = incident.judgement ? judgementLines(incident.judgement) : [];
      return [`fact ${eventText(incident.fact, incident.at)}`, ...lines];
    }
  }
}
