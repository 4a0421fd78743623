import { describe, expect, it } from 'vitest';
import { columns, createOutput } from '../../../runtime/cli/output.ts';
import { fakeIo } from './fake-io.ts';

describe('createOutput', () => {
  it('gives people standard output', () => {
    const io = fakeIo();
    const output = createOutput(io);
    output.text('hello');
    output.result({ a: 1 });
    output.note('beside');
    expect([io.stdout.text, io.stderr.text]).toEqual(['hello\n', 'beside\n']);
  });

  it('gives machines one document there, and people standard error', () => {
    const io = fakeIo();
    const output = createOutput(io, { json: true });
    output.text('hello');
    output.result({ a: 1 });
    expect(JSON.parse(io.stdout.text)).toEqual({ a: 1 });
    expect(io.stderr.text).toBe('hello\n');
    expect(() => output.result({ a: 2 })).toThrow('one JSON document');
  });
});

describe('columns', () => {
  it('aligns cells without trailing spaces', () => {
    expect(
      columns([
        ['a', 'b'],
        ['long', 'x'],
        ['', ''],
      ]),
    ).toBe('a     b\nlong  x\n');
  });
});
