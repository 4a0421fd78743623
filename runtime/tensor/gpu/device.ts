/** Opens a WebGPU device, and tells honestly what it is. */

export interface OpenDevice {
  readonly device: GPUDevice;
  readonly kind: 'hardware' | 'software';
  readonly vendor: string;
  readonly architecture: string;
}

/** There is no GPU to be had; the message says why, and what to do. */
class NoDeviceError extends Error {}

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|warp|basic render/i;

/**
 * What an adapter really is. A driver that computes on the CPU is software, whatever it calls
 * itself.
 */
export function kindOf(
  info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>,
  isFallback: boolean,
): 'hardware' | 'software' {
  const words = [info.vendor, info.architecture, info.device, info.description].join(' ');
  return isFallback || softwareNames.test(words) ? 'software' : 'hardware';
}

/** @throws {NoDeviceError} when a package or an adapter is missing. */
export async function openDevice(options: readonly string[] = []): Promise<OpenDevice> {
  const { create, globals } = await loadWebgpu();
  Object.assign(globalThis, globals);
  const gpu = create([...options]);
  // gpu.js looks for it here.
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new NoDeviceError('no adapter was found: is a Vulkan driver installed?');
  const { info, limits } = adapter;
  const { maxStorageBufferBindingSize, maxBufferSize } = limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
  });
  const isFallback = (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  const { vendor, architecture } = info;
  return { device, kind: kindOf(info, isFallback), vendor: vendor || 'unknown', architecture };
}

async function loadWebgpu(): Promise<typeof import('webgpu')> {
  try {
    return await import('webgpu');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND';
    throw new NoDeviceError(
      isMissing
        ? "package 'webgpu' is not installed: npm install webgpu@0.6.2"
        : `package 'webgpu' cannot be loaded: ${message.split('\n')[0]}`,
    );
  }
}
