import { describe, expect, it } from 'vitest';
import { isJournalFile } from '../../../runtime/journal/files.ts';

describe('the names of files of a journal', () => {
  it.each([
    'head.json',
    'public-key.pem',
    'segment-000001.ndjson',
    'segment-1000000.ndjson',
    'snapshot-000000012000.ndjson',
  ])('have %s among them', (name) => expect(isJournalFile(name)).toBe(true));

  it.each([
    ...['', '.', '..', 'lock', 'head.json.new', 'HEAD.JSON', 'public-key.pem\n'],
    ...['../head.json', '/head.json', './head.json', 'a/segment-000001.ndjson', '..\\head.json'],
    ...['segment-1.ndjson', 'segment-0000001.ndjson', 'segment-000001.ndjson.new'],
    ...['segment-000001.ndjson/..', 'segment-000001.ndjson\0', 'xsegment-000001.ndjson'],
    ...['snapshot-1.ndjson', 'snapshot-0000000012000.ndjson', 'snapshot-000000012000.json'],
  ])('have not %j', (name) => expect(isJournalFile(name)).toBe(false));
});
