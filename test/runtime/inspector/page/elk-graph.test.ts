import elkModule, { type ELK } from 'elkjs/lib/elk.bundled.js';
import * as machines from 'kintsugi/machines';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { type Chart, chartOf } from '../../../../runtime/charts/chart.ts';
import {
  crossings,
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
        expect(crossings(drawing)).toEqual([]);
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
    expect(go?.label?.rows.map(({ edges }) => edges)).toEqual([[0], [0], [1]]);
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

  it('says a shared guard once, and not again whom a state has run', async () => {
    const drawing = await draw(
      chartOf(
        createMachine({
          id: 'shared',
          initial: 'a',
          states: {
            a: {
              invoke: { src: 'work', onDone: 'b', onError: { guard: 'isOdd', target: 'b' } },
              on: {
                ONE: { guard: 'isLast', target: 'b' },
                TWO: { guard: 'isLast', target: 'b' },
              },
            },
            b: {},
          },
        }),
      ),
    );
    const rows = drawing.lines.find(({ edges }) => edges.length === 4)?.label?.rows;
    expect(rows?.map(({ text }) => text)).toEqual([
      ...['ONE', 'TWO', '[isLast]', 'done', 'error', '[isOdd]'],
    ]);
    expect(rows?.[2]?.edges).toHaveLength(2);
  });

  it('finds lines that run through a state', async () => {
    const drawing = await draw(small);
    expect(crossings(drawing)).toEqual([]);
    const box = drawing.boxes.find(({ shape }) => shape === 'leaf')!;
    const middle = box.y + box.height / 2;
    const line = {
      id: 'through',
      edges: [],
      points: [
        [box.x - 9, middle],
        [box.x + 9, middle],
      ],
    };
    const lines = [line] as unknown as Drawing['lines'];
    expect(crossings({ ...drawing, lines })).toEqual([`through / ${box.node.id}`]);
  });

  it('moves a chart together where it can, and still without labels that meet', async () => {
    const chart = ours.find(({ id }) => id === 'circuitBreaker')!;
    const [tight, usual] = [await draw(chart, 'DOWN', 'tight'), await draw(chart, 'DOWN')];
    expect(overlaps(tight, measure)).toEqual([]);
    expect(tight.height).toBeLessThan(usual.height);
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
