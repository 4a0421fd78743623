/** Opens a control socket, says with which mode, and runs until it is killed. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

// Whoever connects between the making of the socket and its change of mode must find it closed.
fs.chmodSync = () => {};
syncBuiltinESMExports();
const { openControlServer } = await import('../../../runtime/control/server.ts');
const handlers = { 'emergency.start': async () => ({}), 'emergency.reset': async () => ({}) };
const { path } = await openControlServer(process.argv[2]!, handlers);
process.stdout.write(`${(fs.statSync(path).mode & 0o777).toString(8)}\n`);
setInterval(() => {}, 60_000);
