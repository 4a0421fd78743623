/** Lays charts out in a worker, each definition once. */
import elkModule, { type ELK, type ElkNode } from 'elkjs/lib/elk-api.js';
import {
  crossings,
  type Direction,
  type Drawing,
  drawingOf,
  type Measure,
  overlaps,
  rooms,
  toElk,
} from './elk-graph.ts';
import type { Chart } from './wire.ts';

const fonts = {
  label: '11px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  name: '600 13px -apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, Arial, sans-serif',
};

/** Shape that charts are laid out for: width over height of the usual canvas. */
const aspect = 1.6;

let elk: ELK | undefined;
const drawings = new Map<string, Promise<Drawing>>();

/** The drawing of a definition. @param hash of the definition. */
export function layOut(hash: string, chart: Chart): Promise<Drawing> {
  let drawing = drawings.get(hash);
  if (!drawing) {
    drawing = bestOf(chart);
    drawings.set(hash, drawing);
    // A worker that could not be loaded is tried again.
    drawing.catch(() => drawings.delete(hash));
  }
  return drawing;
}

async function bestOf(chart: Chart): Promise<Drawing> {
  const measure = measurer();
  const tries = await Promise.all([
    attempt(chart, measure, 'RIGHT'),
    attempt(chart, measure, 'DOWN'),
  ]);
  const size = ({ width, height }: Drawing) => Math.max(width, height * aspect);
  return tries.reduce((a, b) => (size(b) < size(a) ? b : a));
}

/** With more room each time that labels met, or that the layout could not do it. */
async function attempt(chart: Chart, measure: Measure, direction: Direction): Promise<Drawing> {
  let failure: unknown;
  let drawing: Drawing | undefined;
  for (const room of rooms) {
    try {
      drawing = drawingOf(chart, await laidOut(toElk(chart, measure, direction, room)));
      if (overlaps(drawing, measure).length + crossings(drawing).length === 0) return drawing;
    } catch (error) {
      failure = error;
    }
  }
  if (drawing) return drawing;
  throw failure;
}

const laidOut = (graph: ElkNode): Promise<ElkNode> => {
  elk ??= new elkModule.default({ workerUrl: '/assets/elk-worker.js' });
  return elk.layout(graph);
};

function measurer(): Measure {
  const context = document.createElement('canvas').getContext('2d')!;
  return (text, font) => {
    context.font = fonts[font];
    return Math.ceil(context.measureText(text).width) + 6;
  };
}
