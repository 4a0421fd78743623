/**
 * A runtime over a journal that stops itself (SIGSTOP) in the middle of a commit, between the look
 * at its lock and the last of so many writes to its segment: `node paused-process.ts DIR WRITES`.
 * It prints `ready`, and in the end why its runtime failed.
 */
import { createMachine } from 'xstate';
import { child, supervisor } from '../../../actors/child.ts';
import { createRuntime } from '../../../runtime/create-runtime.ts';
import { fileLog } from '../../../runtime/journal/file-log.ts';
import { type FileSystem, nodeFileSystem } from '../../../runtime/journal/file-system.ts';
import { Journal } from '../../../runtime/journal/journal.ts';

const [, , dir = '', writes = ''] = process.argv;
let left = Number(writes);

const fileSystem: FileSystem = {
  ...nodeFileSystem,
  async open(path, flags, mode) {
    const file = await nodeFileSystem.open(path, flags, mode);
    if (!path.includes('segment-')) return file;
    const write = file.write.bind(file);
    file.write = (bytes, offset, position) => {
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGSTOP');
      return write(bytes, offset, position);
    };
    return file;
  },
};

const counter = createMachine({ id: 'counter', on: { TICK: {} } });
const tree = supervisor({ id: 'app', children: [child({ id: 'counter', logic: counter })] });
const journal = new Journal(fileLog(dir, { fileSystem }), { commitMs: 1 });
const runtime = await createRuntime({ tree, journal });
await runtime.start();
process.stdout.write('ready\n');
const ticking = setInterval(() => runtime.send('/app/counter', { type: 'TICK' }), 1);
try {
  await runtime.done;
} catch (error) {
  process.stdout.write(`failed: ${(error as Error).message}\n`);
  process.exitCode = 3;
} finally {
  clearInterval(ticking);
}
