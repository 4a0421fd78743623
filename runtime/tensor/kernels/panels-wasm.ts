/** The inner loops of the matrix product in WebAssembly, from `multiply.wat`. */
import { multiplyCode } from './multiply-code.ts';
import type { MultiplyPanels, PanelKernel } from './panels.ts';

/** The part of WebAssembly that is used here; Node's types leave it out. */
interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly multiply64: MultiplyPanels;
  readonly multiply32: MultiplyPanels;
}

const pageBytes = 65_536;

/** Memory up to this is kept from one job to the next. */
const keptBytes = 16 * 2 ** 20;

/**
 * The loops, or nothing where WebAssembly or its vectors are missing. Memory of WebAssembly never
 * shrinks: after a large job the instance is left to the garbage collector, and the compiled code
 * serves the next one.
 */
export function wasmPanels(
  wasm: WasmApi | undefined = (globalThis as { WebAssembly?: WasmApi }).WebAssembly,
): PanelKernel | undefined {
  if (wasm === undefined) return undefined;
  let code: object;
  try {
    code = new wasm.Module(bytesOf(multiplyCode));
  } catch {
    return undefined;
  }
  const instantiate = () => new wasm.Instance(code).exports as Exports;
  let current = instantiate();
  return {
    kind: 'wasm',
    reserve(bytes) {
      const missing = Math.ceil((bytes - current.memory.buffer.byteLength) / pageBytes);
      if (missing > 0) current.memory.grow(missing);
      return current.memory.buffer;
    },
    multiply64: (...place) => current.multiply64(...place),
    multiply32: (...place) => current.multiply32(...place),
    release() {
      if (current.memory.buffer.byteLength > keptBytes) current = instantiate();
    },
  };
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
