/** Text that comes in pieces, as lines. Memory stays flat, whatever comes. */

/** A line longer than this is not one of ours: it is given up and read past. */
export const lineCharactersMax = 65_536;

/** Stands for a line that was too long to keep. */
export const overlong = Symbol('overlong');

export type Line = string | typeof overlong;

/** Cuts at `\n`, `\r\n` and at the end of the text; a byte order mark at the start is left out. */
export class LineCutter {
  private rest = '';
  private isOverlong = false;
  private isFirst = true;

  /** The lines that are complete with this piece. */
  cut(piece: string): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      lines.push(this.complete(piece.slice(from, end)));
      from = end + 1;
    }
    this.keep(from === 0 ? piece : piece.slice(from));
    return lines;
  }

  /** The last line, when the text did not end with a line break. */
  end(): Line[] {
    return this.rest === '' && !this.isOverlong ? [] : [this.complete('')];
  }

  private complete(tail: string): Line {
    this.keep(tail);
    let line: Line = this.isOverlong ? overlong : this.rest;
    this.rest = '';
    this.isOverlong = false;
    if (line === overlong) return line;
    if (this.isFirst && line.startsWith('\uFEFF')) line = line.slice(1);
    this.isFirst = false;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }

  private keep(text: string): void {
    if (this.isOverlong) return;
    this.rest = this.rest === '' ? text : this.rest + text;
    if (this.rest.length <= lineCharactersMax) return;
    this.rest = '';
    this.isOverlong = true;
  }
}
