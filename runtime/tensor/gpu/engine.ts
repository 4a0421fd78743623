/** Computes products on a WebGPU device, within a budget of bytes. */
import type { TensorGpuSettings } from '../../../config/tensor.ts';
import { BufferLedger } from './ledger.ts';
import { blockSize, groupSize, matmulWgsl } from './matmul-wgsl.ts';
import { padded, withoutPadding, withPadding } from './padding.ts';

/** Two factors, row-major: rows by inner, and inner by columns. */
export interface Product {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** A product on its way through the GPU. */
interface Launched {
  readonly product: Product;
  readonly readback: GPUBuffer;
  readonly buffers: readonly GPUBuffer[];
}

export class GpuEngine {
  readonly ledger: BufferLedger<GPUBuffer>;
  private readonly device: GPUDevice;
  private readonly settings: TensorGpuSettings;
  private readonly pipeline: GPUComputePipeline;
  private operationCount = 0;

  constructor(device: GPUDevice, settings: TensorGpuSettings) {
    this.device = device;
    this.settings = settings;
    this.ledger = new BufferLedger(settings);
    const module = device.createShaderModule({ code: matmulWgsl });
    this.pipeline = device.createComputePipeline({
      layout: 'auto',
      compute: { module, entryPoint: 'multiply' },
    });
  }

  /**
   * All products, in batches that are handed over at once.
   *
   * @throws {RangeError} when the budget leaves no place for a batch.
   */
  async multiply(products: readonly Product[]): Promise<Float32Array[]> {
    const results: Float32Array[] = [];
    const { batchCountMax } = this.settings;
    for (let at = 0; at < products.length; at += batchCountMax) {
      results.push(...(await this.batch(products.slice(at, at + batchCountMax))));
    }
    return results;
  }

  private async batch(products: readonly Product[]): Promise<Float32Array[]> {
    const taken: GPUBuffer[] = [];
    try {
      const encoder = this.device.createCommandEncoder();
      const launched = products.map((product) => this.launch(encoder, product, taken));
      this.device.queue.submit([encoder.finish()]);
      await this.paced(products.length);
      return await Promise.all(launched.map((one) => this.read(one)));
    } finally {
      for (const buffer of taken) this.ledger.give(buffer);
    }
  }

  private launch(encoder: GPUCommandEncoder, product: Product, taken: GPUBuffer[]): Launched {
    const { a, b, rows, inner, columns } = product;
    const [tall, deep, wide] = [padded(rows), padded(inner), padded(columns)];
    const size = tall * wide * 4;
    const buffer = (usage: number, bytes: number) => {
      const make = () => this.device.createBuffer({ size: bytes, usage });
      const made = this.ledger.take(String(usage), bytes, make);
      taken.push(made);
      return made;
    };
    const { STORAGE, COPY_DST, COPY_SRC, UNIFORM, MAP_READ } = GPUBufferUsage;
    const sizes = buffer(UNIFORM | COPY_DST, 16);
    const first = buffer(STORAGE | COPY_DST, tall * deep * 4);
    const second = buffer(STORAGE | COPY_DST, deep * wide * 4);
    const out = buffer(STORAGE | COPY_SRC, size);
    const readback = buffer(MAP_READ | COPY_DST, size);
    const { queue } = this.device;
    queue.writeBuffer(sizes, 0, new Uint32Array([tall, deep, wide, 0]));
    queue.writeBuffer(first, 0, withPadding(a, rows, inner) as Float32Array<ArrayBuffer>);
    queue.writeBuffer(second, 0, withPadding(b, inner, columns) as Float32Array<ArrayBuffer>);
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.pipeline);
    pass.setBindGroup(0, this.bound([sizes, first, second, out]));
    const groups = (length: number) => Math.ceil(length / blockSize / groupSize);
    pass.dispatchWorkgroups(groups(wide), groups(tall));
    pass.end();
    encoder.copyBufferToBuffer(out, 0, readback, 0, size);
    return { product, readback, buffers: taken };
  }

  private bound(buffers: readonly GPUBuffer[]): GPUBindGroup {
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    return this.device.createBindGroup({ layout: this.pipeline.getBindGroupLayout(0), entries });
  }

  /** Waits for the GPU after so many operations, so that its queue stays short. */
  private async paced(count: number): Promise<void> {
    this.operationCount += count;
    if (this.operationCount < this.settings.syncEveryCount) return;
    this.operationCount = 0;
    await this.device.queue.onSubmittedWorkDone();
  }

  private async read({ product: { rows, columns }, readback }: Launched): Promise<Float32Array> {
    await readback.mapAsync(GPUMapMode.READ);
    const all = new Float32Array(readback.getMappedRange());
    const result = withoutPadding(all, rows, columns);
    readback.unmap();
    return result;
  }
}
