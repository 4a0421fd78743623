/** `kintsugi doctor`: examines this machine and says what to do. */
import type { CommandOptions } from '../command.ts';
import { checkDisk } from '../doctor/disk.ts';
import type { Finding } from '../doctor/finding.ts';
import {
  checkClock,
  checkLoopback,
  checkMemory,
  checkProcessors,
  readClocks,
} from '../doctor/machine.ts';
import { checkTensorGpu, checkTensorWorkers } from '../doctor/tensor.ts';
import { checkNode, checkOptional, checkXstate } from '../doctor/versions.ts';
import { EXIT_DONE, EXIT_FALSE, type ExitCode } from '../exit-codes.ts';
import { columns, createOutput, type Io } from '../output.ts';

/** Every check, in the order in which a person would ask. */
export async function examine(journal: string): Promise<readonly Finding[]> {
  return [
    checkNode(),
    checkXstate(),
    checkProcessors(),
    checkMemory(),
    checkClock(await readClocks()),
    await checkDisk(journal),
    await checkLoopback(),
    ...['gpu.js', 'webgpu'].map((name) => checkOptional(name)),
    await checkTensorWorkers(),
    await checkTensorGpu(),
  ];
}

export async function run(
  _args: readonly string[],
  options: CommandOptions,
  io: Io,
  findingsOf: (journal: string) => Promise<readonly Finding[]> = examine,
): Promise<ExitCode> {
  const output = createOutput(io, options);
  const findings = await findingsOf(options.journal ?? './kintsugi-journal');
  const ok = findings.every(({ status }) => status !== 'fail');
  output.result({ ok, findings });
  output.text(columns(findings.flatMap(rows)));
  if (!ok) output.note('Something does not work: do what the lines marked fail say.');
  return ok ? EXIT_DONE : EXIT_FALSE;
}

const rows = ({ name, status, found, advice }: Finding): readonly string[][] => [
  [status.padEnd(4), name, found],
  ...(advice === undefined ? [] : [['', '', `-> ${advice}`]]),
];
