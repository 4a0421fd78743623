/** Makes the files of the page for the package, behind the compiler. */
import { join } from 'node:path';
import { writePage } from '../runtime/inspector/bundle.ts';

await writePage(join(import.meta.dirname, '../dist/runtime/inspector/page/made'));
