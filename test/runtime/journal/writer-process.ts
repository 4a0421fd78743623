/**
 * A process that writes a journal until it is killed: `node writer-process.ts DIR`. It prints
 * `ready` and then each seq that it was told is durable, one a line.
 */
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { Journal } from '../../../runtime/journal/journal.ts';

const journal = new Journal(fileLog(process.argv[2]!));
const { head, header } = await journal.open();
if (header === undefined) {
  journal.begin({ format: 1, id: 'child', seed: 1, settings: {}, machines: {}, host: 'child' });
}
process.stdout.write('ready\n');
for (let seq = head.lastSeq + 1; ; seq += 1) {
  journal.append(`{"seq":${seq},"at":${seq},"kind":"event","path":"/a","event":{}}\n`, seq, false);
  if (seq % 5 !== 0) continue;
  await journal.flush();
  process.stdout.write(`${journal.durableSeq}\n`);
}
