/** A certificate that signs itself, made by openssl where this machine has it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { needs } from './needs.ts';

export const needsOpenssl = () =>
  needs('openssl', spawnSync('openssl', ['version']).status === 0, 'not on the PATH');

/** Of localhost and 127.0.0.1, for a day. */
export function selfSigned() {
  const folder = mkdtempSync(join(tmpdir(), 'kintsugi-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-days', '1', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-keyout', keyFile, '-out', certificateFile],
  ]);
  if (status !== 0) throw new Error(String(stderr));
  return { folder, keyFile, certificateFile, certificate: readFileSync(certificateFile, 'utf8') };
}
