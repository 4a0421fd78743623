#!/usr/bin/env node
/** The `kintsugi` command. */
import { execute } from './execute.ts';
import { EXIT_USAGE } from './exit-codes.ts';

// Whoever reads us may stop reading, as `head` does: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`Standard output cannot be written: ${error.message}.\n`);
  process.exit(EXIT_USAGE);
});
// Nobody has to read what is said beside the answer.
process.stderr.on('error', () => {});

const { stdin, stdout, stderr, env } = process;
process.exitCode = await execute(process.argv.slice(2), {
  stdin,
  stdout,
  stderr,
  environment: env,
});
