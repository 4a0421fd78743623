/** Prometheus and its checker, where this machine has them (Debian: `prometheus`). */
import { spawnSync } from 'node:child_process';
import { needs } from './needs.ts';

const runs = (program: string) => spawnSync(program, ['--version']).status === 0;

export const needsPrometheus = () =>
  needs('Prometheus', runs('prometheus') && runs('promtool'), 'not on the PATH');

/** What `promtool check metrics` finds wrong; '' for nothing. */
export function metricsFlaws(text: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${status}: ${stdout}${stderr}`;
}
