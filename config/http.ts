/** Settings of the doors: where the page and the HTTP API listen, and what they bear. */
import { z } from 'zod';
import { bytes, count, milliseconds } from './units.ts';

const hostName = () =>
  z.string().regex(/^[A-Za-z0-9.:[\]-]{1,253}$/, 'must be a host name or an address');

const tlsSchema = z.strictObject({
  certificateFile: z.string().min(1).describe('Certificate chain, PEM.'),
  keyFile: z.string().min(1).describe('Private key, PEM.'),
});

export const httpSettingsSchema = z
  .strictObject({
    port: z.int().min(0).max(65_535).default(7_424).describe('0: any free one.'),
    host: hostName()
      .default('127.0.0.1')
      .describe('Address that is listened on. One that others can reach needs `tls`.'),
    tls: tlsSchema.optional().describe('Speaks HTTPS. Not set: HTTP, on loopback only.'),
    isPlainAllowed: z
      .boolean()
      .default(false)
      .describe('Lets an address that others can reach be served without `tls`: tokens are seen.'),
    hostNames: z
      .array(hostName())
      .max(100)
      .default([])
      .describe('Names by which it may be asked for, besides those of loopback and `host`.'),
    tokenFile: z
      .string()
      .min(1)
      .optional()
      .describe('Tokens of the roles, made at the first start. Default: beside the journal.'),
    connectionCountMax: count(1, 10_000).default(50).describe('Further ones are turned away.'),
    requestCountMax: count(1, 1_000_000)
      .default(600)
      .describe('Requests of one address in a minute; further ones are refused.'),
    refusedCountMax: count(0, 1_000_000)
      .default(100)
      .describe('Requests turned away in a minute (logical time) before people are told.'),
    bodyBytesMax: bytes(1, 16_777_216).default(65_536).describe('Of a request.'),
    recordingBytesMax: bytes(0, 17_179_869_184)
      .default(536_870_912)
      .describe('Of the recorded journals that are opened in the page, in all. 0: none are taken.'),
    requestTimeoutMs: milliseconds(100, 600_000)
      .default(10_000)
      .describe('A request that has not arrived by then is given up.'),
  })
  .check(({ value, issues }) => {
    if (isLoopback(value.host) || value.tls || value.isPlainAllowed) return;
    const message =
      `'${value.host}' can be reached from elsewhere and tokens would be sent in the clear: ` +
      "set 'tls', or 'isPlainAllowed' where something in front of it encrypts.";
    issues.push({ code: 'custom', input: value.host, path: ['host'], message });
  });

/** Every setting of the doors, defaults filled in. */
export type HttpSettings = z.output<typeof httpSettingsSchema>;

/** What a user may write: everything is optional. */
export type HttpSettingsInput = z.input<typeof httpSettingsSchema>;

/** Whether only this machine can reach the address. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
