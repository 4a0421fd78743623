/** Renews every generated part of the documents: `npm run docs`. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles, root } from './generated.ts';

for (const { file, text } of await generatedFiles()) {
  const path = join(root, file);
  const isFresh = existsSync(path) && readFileSync(path, 'utf8') === text;
  if (!isFresh) writeFileSync(path, text);
  console.log(`${isFresh ? 'fresh  ' : 'renewed'} ${file}`);
}
