import { describe, expect, it } from 'vitest';
import { breakEvenOf } from '../../../../runtime/tensor/gpu/break-even.ts';
import { kindOf } from '../../../../runtime/tensor/gpu/device.ts';

const info = (over = {}) => ({
  vendor: '',
  architecture: '',
  device: '',
  description: '',
  ...over,
});

describe('the label of a GPU', () => {
  it.each([
    [info({ vendor: 'nvidia', architecture: 'hopper' }), false, 'hardware'],
    [info({ vendor: 'google', architecture: 'swiftshader' }), false, 'software'],
    [info({ vendor: 'mesa', description: 'llvmpipe (LLVM 15)' }), false, 'software'],
    [info({ device: 'Microsoft Basic Render Driver' }), false, 'software'],
    [info({ vendor: 'intel' }), true, 'software'],
  ] as const)('of %j, fallback %s, is %s', (adapter, isFallback, kind) => {
    expect(kindOf(adapter, isFallback)).toBe(kind);
  });
});

describe('the break-even of a GPU', () => {
  const measuring = (gpuMs: (flops: number) => number) => {
    const asked: string[] = [];
    const measure = async (job: { a?: { shape: readonly number[] } }, on: 'gpu' | 'cpu') => {
      const size = job.a!.shape[0]!;
      asked.push(`${on} ${size}`);
      return on === 'cpu' ? size ** 3 / 1e6 : gpuMs(size);
    };
    return { measure: measure as never, asked };
  };

  it('is the work of the smallest product that was faster, the way included', async () => {
    const { measure, asked } = measuring(() => 3);
    expect(await breakEvenOf(measure, [64, 128, 256, 512])).toBe(2 * 256 ** 3);
    expect(asked.filter((line) => line.endsWith('512'))).toEqual([]);
  });

  it('is none when the CPU is always faster', async () => {
    const { measure } = measuring((size) => size ** 3);
    expect(await breakEvenOf(measure, [64, 128])).toBeNull();
  });

  it('does not count the first one, which pays for its buffers', async () => {
    let count = 0;
    const { measure } = measuring(() => (count++ === 0 ? 1_000 : 0.001));
    expect(await breakEvenOf(measure, [64])).toBe(2 * 64 ** 3);
  });
});
