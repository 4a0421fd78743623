/** Cuts a stream of bytes into lines, without decoding them. */

/** A line longer than this is no line of ours: memory stays bounded whatever the file is. */
export const LINE_BYTES_LIMIT = 64 * 1024 * 1024;
const NEWLINE = 10;

export interface ByteLine {
  /** Without its line end. */
  readonly bytes: Buffer;
  /** False when the stream ends before the line does, or the line is longer than the limit. */
  readonly isEnded: boolean;
}

/** Ends after the first line that has no end. */
export async function* byteLines(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes = LINE_BYTES_LIMIT,
): AsyncGenerator<ByteLine, void> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    const data = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
      pending.push(data.subarray(start, end));
      yield { bytes: pending.length === 1 ? pending[0]! : Buffer.concat(pending), isEnded: true };
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
    if (start === data.length) continue;
    // A copy: whoever gives the chunks may use their buffer again.
    pending.push(Buffer.from(data.subarray(start)));
    pendingBytes += data.length - start;
    if (pendingBytes > limitBytes) break;
  }
  if (pendingBytes > 0) yield { bytes: Buffer.concat(pending), isEnded: false };
}
