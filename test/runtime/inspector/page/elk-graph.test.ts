import elkModule, { type ELK } from 'elkjs/lib/elk.bundled.js';
import * as machines from 'kintsugi/machines';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { type Chart, chartOf } from '../../../../runtime/charts/chart.ts';
import {
  type Direction,
  type Drawing,
  drawingOf,
  overlaps,
  type Room,
  toElk,
  wrapped,
} from '../../../../runtime/inspector/page/elk-graph.ts';

const elk: ELK = new elkModule.default();
/** As wide as letters of the page at most are. */
const measure = (text: string, font: 'label' | 'name') =>
  Math.ceil(text.length * (font === 'label' ? 6.7 : 7.5)) + 6;

const draw = async (chart: Chart, direction: Direction = 'RIGHT', room?: Room): Promise<Drawing> =>
  drawingOf(chart, (await elk.layout(toElk(chart, measure, direction, room))) as never);

const ours = Object.values(machines)
  .filter((one) => typeof one === 'object' && 'root' in one)
  .map((machine) => chartOf(machine as never));

const small = chartOf(
  createMachine({
    id: 'small',
    initial: 'a',
    states: {
      a: {
        on: {
          GO: [{ guard: 'isGood', target: 'b' }, { target: 'b' }],
          STAY: { actions: 'note' },
          AGAIN: { target: 'a', reenter: true },
        },
      },
      b: { initial: 'c', states: { c: { on: { BACK: '#small.a' } } } },
    },
  }),
);

describe('the layout of charts', () => {
  it.each(ours.map((chart) => [chart.id, chart] as const))(
    'draws %s with every state and transition, and no label over another or over a state',
    async (_, chart) => {
      for (const direction of ['RIGHT', 'DOWN'] as const) {
        const drawing = await draw(chart, direction);
        expect(overlaps(drawing, measure)).toEqual([]);
        expect(drawing.boxes.map(({ node }) => node.id).toSorted()).toEqual(
          chart.nodes.map(({ id }) => id).toSorted(),
        );
        const drawn = drawing.lines.flatMap(({ edges }) => edges);
        const wanted = chart.edges.flatMap(({ from, to, leaves }, index) =>
          leaves || from !== to ? [index] : [],
        );
        expect(drawn.toSorted((a, b) => a - b)).toEqual(wanted);
      }
    },
  );

  it('draws transitions between the same states as one line with all their labels', async () => {
    const { lines, starts } = await draw(small);
    const go = lines.find(({ edges }) => edges.length === 2);
    expect(go?.label?.rows.map(({ text, isGuard }) => [text, isGuard])).toEqual([
      ['GO', false],
      ['[isGood]', true],
      ['GO', false],
    ]);
    expect(starts).toHaveLength(2);
  });

  it('leaves out what stays inside its state, and draws what enters it again', async () => {
    const { lines } = await draw(small);
    const events = lines.flatMap(({ edges }) => edges.map((index) => small.edges[index]?.event));
    expect(events).not.toContain('STAY');
    expect(events).toContain('AGAIN');
  });

  it('gives places in the whole drawing: children lie in their parents', async () => {
    const { boxes } = await draw(small);
    const box = (id: string) => boxes.find(({ node }) => node.id === id)!;
    const [inner, outer] = [box('small.b.c'), box('small.b')];
    expect(inner.x).toBeGreaterThan(outer.x);
    expect(inner.x + inner.width).toBeLessThan(outer.x + outer.width);
    expect(inner.y + inner.height).toBeLessThan(outer.y + outer.height);
    expect([outer.shape, inner.shape]).toEqual(['box', 'leaf']);
  });

  it('finds labels that meet', async () => {
    const drawing = await draw(small);
    const [first, second] = drawing.lines.filter(({ label }) => label);
    const moved = {
      ...second!,
      label: { ...second!.label!, x: first!.label!.x, y: first!.label!.y },
    };
    const lines = drawing.lines.map((line) => (line === second ? moved : line));
    expect(overlaps({ ...drawing, lines }, measure)).toEqual([`${first!.id} / ${second!.id}`]);
  });

  it('draws a parallel chart of fifty states without labels that meet', async () => {
    const region = (name: string) => ({
      initial: `${name}0`,
      states: Object.fromEntries(
        Array.from({ length: 9 }, (_, index) => [
          `${name}${index}`,
          { on: { [`NEXT_${name}`]: `${name}${(index + 1) % 9}`, RESET: `${name}0` } },
        ]),
      ),
    });
    const states = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((one) => [one, region(one)]));
    const chart = chartOf(createMachine({ id: 'wide', type: 'parallel', states } as never));
    expect(chart.nodes).toHaveLength(51);
    const drawing = await draw(chart);
    expect(overlaps(drawing, measure)).toEqual([]);
    expect(drawing.boxes.filter(({ shape }) => shape === 'region')).toHaveLength(5);
  });
});

it('breaks long guards where their words end', () => {
  expect(wrapped('[isOpen]')).toEqual(['[isOpen]']);
  const rows = wrapped('[and(isLastAllowedFailure, not(isForcedByOperator))]');
  expect(rows.length).toBeGreaterThan(1);
  expect(Math.max(...rows.map(({ length }) => length))).toBeLessThanOrEqual(24);
  expect(rows.join('').replaceAll(' ', '')).toBe(
    '[and(isLastAllowedFailure,not(isForcedByOperator))]',
  );
});
