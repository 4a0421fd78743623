/** Writes alerts to the log for people. */
import type { Logger } from 'pino';
import type { Notice } from '../../actors/ports.ts';
import type { Sink } from './notifiers.ts';

const levels = { info: 'info', warning: 'warn', critical: 'error', emergency: 'fatal' } as const;

export const logSink = (logger: Logger | undefined): Sink => ({
  name: 'log',
  isLog: true,
  async notify({ text, severity, noticeKey: _, ...notice }: Notice) {
    logger?.[levels[severity]]({ severity, ...notice }, text);
  },
});
