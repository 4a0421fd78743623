/** Entry `kintsugi/inspector`: the page and the bridge from code, and the language of the page. */
export type { Bridge } from './bridge/bridge.ts';
export { type Inspector, type InspectorOptions, openBridge, openInspector } from './open.ts';
export {
  type ActorRow,
  type Answers,
  type Ask,
  type AskType,
  askSchema,
  type BriefEntry,
  type ChangedRow,
  type ChartView,
  type Detail,
  type Difference,
  type EntryPage,
  type EntryQuery,
  type EntryRow,
  type Frame,
  type Head,
  type Messages,
  type Moment,
  PROTOCOL,
  type RunView,
  type ServerMessage,
  SUBPROTOCOL,
  serverMessageSchema,
  type Vitals,
} from './protocol.ts';
