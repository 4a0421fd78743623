/** Feeds a journal into a core and compares turn by turn. No effect runs. */
import type { Core } from '../core.ts';
import {
  type InputLine,
  isInput,
  isTurn,
  type JournalLine,
  type TurnLine,
} from '../journal/format.ts';
import { definitionOf } from '../machine-hashes.ts';
import { machineIdOf } from '../supervision/tree.ts';
import { type Divergence, diverges } from './divergence.ts';
import { type Misfit, misfitOf } from './misfit.ts';

export interface Fed {
  /** Entries replayed. */
  entries: number;
  /** Turns compared. */
  turns: number;
  divergence?: Divergence;
}

export interface FeedOptions {
  /** Stops after this seq. */
  readonly until?: number | undefined;
  /** Turns before this seq are replayed but not compared. */
  readonly from?: number | undefined;
  readonly onEntry?: (seq: number) => void;
}

export async function feed(
  core: Core,
  lines: AsyncIterable<JournalLine>,
  options: FeedOptions = {},
): Promise<Fed> {
  const until = options.until ?? Number.POSITIVE_INFINITY;
  const fed: Fed = { entries: 0, turns: 0 };
  core.engine.mode = 'replay';
  let input: InputLine | undefined;
  for await (const line of lines) {
    if (isInput(line)) {
      if (line.seq > until) break;
      input = line;
      continue;
    }
    if (!isTurn(line) || !input) continue;
    const isCompared = input.seq >= (options.from ?? 0);
    const difference = turnDiverges(core, input, line, isCompared);
    fed.entries++;
    if (isCompared) fed.turns++;
    if (difference) {
      fed.divergence = { ...difference, ...machineAt(core, difference.path) };
      break;
    }
    options.onEntry?.(input.seq);
    input = undefined;
  }
  return fed;
}

type Different = Omit<Divergence, 'machine' | 'definition'>;

/** Replays one turn; what the entry itself says comes before what its turn did. */
function turnDiverges(
  core: Core,
  input: InputLine,
  expected: TurnLine,
  isCompared: boolean,
): Different | undefined {
  const misfit = misfitOf(core, input);
  let difference: Different | undefined;
  try {
    const { line: actual } = core.replay(input, expected);
    difference = isCompared ? diverges(input, expected, actual) : undefined;
  } catch (error) {
    if (!misfit) throw error;
    return withMisfit(input, misfit, undefined);
  }
  if (!misfit || !(difference || (misfit.isCertain && isCompared))) return difference;
  return withMisfit(input, misfit, difference);
}

function withMisfit({ seq }: InputLine, misfit: Misfit, rest: Different | undefined): Different {
  const { problem, isCertain: _, ...first } = misfit;
  return { seq, ...first, problem, differences: [first, ...(rest?.differences ?? [])] };
}

/** The machine that runs under a path, or above it for what a machine invoked. */
function machineAt(core: Core, path: string): Pick<Divergence, 'machine' | 'definition'> {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const node = core.tree.node(at);
    if (node) return { machine: machineIdOf(node), definition: definitionOf(node.spec) };
  }
  return { machine: undefined, definition: undefined };
}
