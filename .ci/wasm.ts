/** Assembles the WebAssembly text of the kernels into a module that needs no tool and no file. */
import wabt from 'wabt';

/** Only vectors of 128 bits: every engine rounds them as it rounds single numbers. */
const features = { simd: true };

export const assembledBy = 'npm run docs';

/** Bytes of a `.wat` text, checked by the assembler. */
export async function assemble(name: string, text: string): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  const module = parseWat(name, text, features);
  try {
    module.validate();
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

/** A TypeScript file that exports the bytes as base64. */
export async function codeModule(name: string, constant: string, text: string): Promise<string> {
  const base64 = Buffer.from(await assemble(name, text)).toString('base64');
  const lines = base64.match(/.{1,92}/g) ?? [];
  return [
    `/** Assembled from \`${name}\`; written by \`${assembledBy}\`. */`,
    `export const ${constant} =`,
    `${lines.map((line) => `  '${line}'`).join(' +\n')};`,
    '',
  ].join('\n');
}
