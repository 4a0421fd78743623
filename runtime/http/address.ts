/** Where the doors of a running runtime are, noted beside its journal for commands. */
import { resolve } from 'node:path';
import { z } from 'zod';

export const addressFileOf = (journal: string): string => `${resolve(journal)}.http.json`;

export const addressSchema = z.object({ url: z.url(), tokenFile: z.string() });
