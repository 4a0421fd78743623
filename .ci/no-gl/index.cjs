// gpu.js falls back to its other backends when this package cannot be loaded. The real one compiles
// native code for minutes, loads once in a process, and cannot tell a GPU from its emulation.
throw new Error('The package gl is left out on purpose: Kintsugi reaches GPUs through WebGPU.');
