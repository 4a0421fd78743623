/** The Vulkan driver in software that Debian's chromium brings, for tests of the GPU path. */
import { existsSync } from 'node:fs';
import type { it } from 'vitest';
import { needs } from './needs.ts';

const folder = '/usr/lib/chromium';
const driver = `${folder}/vk_swiftshader_icd.json`;

/** Tests on WebGPU. The process that they start finds driver and loader by its environment. */
export function needsSoftwareVulkan(): typeof it {
  const isHere = existsSync(driver);
  if (isHere) {
    process.env.VK_ICD_FILENAMES = driver;
    process.env.LD_LIBRARY_PATH = folder;
  }
  return needs('a software Vulkan driver', isHere, `${driver} comes with Debian's chromium`);
}

/** A computer on which no Vulkan driver is found, whatever is installed. */
export function withoutVulkan(): void {
  process.env.VK_ICD_FILENAMES = '/nonexistent/driver.json';
}
