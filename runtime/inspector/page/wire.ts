/** What the live stream carries, by the names that the page uses. */
import type { BriefEntry, EntryRow, ServerMessage } from '../protocol.ts';

export type { Chart, ChartEdge, ChartNode } from '../../charts/chart.ts';
export type { Explanation, Happening } from '../../explain/explanation.ts';
export type {
  ActorRow as Actor,
  Answers,
  AskType,
  Detail,
  Difference,
  Frame,
  Head,
  History,
  Moment,
  ServerMessage,
} from '../protocol.ts';

export type Hello = Extract<ServerMessage, { type: 'hello' }>;

/** An entry in one line; those that were asked for carry more. */
export type Entry = BriefEntry & Partial<Pick<EntryRow, 'event' | 'class' | 'changes' | 'effects'>>;
