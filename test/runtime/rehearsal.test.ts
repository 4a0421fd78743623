import { describe, expect, it } from 'vitest';
import { type ComparedRuns, rehearsalOf, settingsOf } from '../../runtime/rehearsal.ts';

const same: ComparedRuns = {
  ...{ entries: 900, differentTurns: 12, openings: {}, facts: {}, measures: {} },
  notEvaluable: [],
};
const pair = (recorded: number, whatIf: number) => ({ recorded, whatIf });

describe('rehearsalOf', () => {
  it.each([
    [{ openings: { '/breakers/a': pair(1, 2) } }, 'openings of /breakers/a 2, was 1'],
    [{ facts: { 'order.refused': pair(3, 9) } }, 'order.refused 9, was 3'],
    [{ measures: { drawdownRatioMax: pair(0.02, 0.04) } }, 'drawdownRatioMax 0.04, was 0.02'],
    [{ measures: { equity: pair(100, 90) } }, 'equity 90, was 100'],
  ])('calls %o worse, with numbers', (over, text) => {
    expect(rehearsalOf({ ...same, ...over })).toEqual({ kind: 'evaluated', isWorse: true, text });
  });

  it.each([
    { openings: { '/breakers/a': pair(2, 1) } },
    { facts: { 'bar.taken': pair(3, 9), 'order.refused': pair(9, 3) } },
    { measures: { drawdownRatioMax: pair(0.04, 0.04 + 1e-14), equity: pair(90, 100) } },
  ])('does not call %o worse', (over) => {
    expect(rehearsalOf({ ...same, ...over })).toMatchObject({ isWorse: false });
  });

  it('says nothing where nothing differs and something could not be decided', () => {
    const notEvaluable = [{ what: '/breakers/a', why: 'its calls are not in the journal' }];
    expect(rehearsalOf({ ...same, differentTurns: 0, notEvaluable })).toEqual({
      kind: 'notEvaluable',
      text: '/breakers/a: its calls are not in the journal',
    });
    expect(rehearsalOf({ ...same, notEvaluable }).kind).toBe('evaluated');
    expect(rehearsalOf({ ...same, differentTurns: 0 }).kind).toBe('evaluated');
  });
});

it('settingsOf writes a patch as a file would', () => {
  const change = (path: string, value: number) => ({ op: 'replace', path, value }) as const;
  expect(settingsOf([change('/paper/broker/retryMinMs', 1), change('/paper/a~1b', 2)])).toEqual({
    paper: { broker: { retryMinMs: 1 }, 'a/b': 2 },
  });
});
