/** Gives a runtime its tensor jobs: who computes them, and where large results lie. */
import { join } from 'node:path';
import type { Clock } from '../../actors/ports.ts';
import type { Core } from '../core.ts';
import type { Entry } from '../engine/ingress.ts';
import type { RuntimeOptions } from '../options.ts';
import { fileBlobs, memoryBlobs } from './blobs.ts';
import { Tensor } from './tensor.ts';

/** Folder of large results, beside the segments of a journal. */
export const blobFolder = (journal: string): string => join(journal, 'blobs');

export function openTensor(
  core: Core,
  clock: Clock,
  submit: (entry: Entry) => boolean,
  { journal, tensor }: Pick<RuntimeOptions, 'journal' | 'tensor'>,
): Tensor {
  const bytesMax = () => core.settings.tensor.blobBytesMax;
  const blobs =
    typeof journal === 'string' ? fileBlobs(blobFolder(journal), bytesMax) : memoryBlobs(bytesMax);
  core.tensor.open({ clock, settings: () => core.settings.tensor, blobs, ...tensor });
  return new Tensor(core, clock, blobs, submit);
}
