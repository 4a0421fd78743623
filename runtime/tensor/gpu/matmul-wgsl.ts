/**
 * The product of two matrices as WGSL: each invocation computes a block of 4 by 4 elements in
 * registers, from rows and columns in groups of four. Sizes are multiples of four: the rest is
 * filled with zeros, which add nothing.
 */

/** Elements that an invocation computes in each direction; sizes are multiples of it. */
export const blockSize = 4;
/** Invocations of a workgroup in each direction. */
export const groupSize = 8;

export const matmulWgsl = `
struct Size { rows: u32, inner: u32, columns: u32, unused: u32 }
@group(0) @binding(0) var<uniform> size: Size;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;

@compute @workgroup_size(${groupSize}, ${groupSize})
fn multiply(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 4u;
  let column = id.x;
  let inner = size.inner / 4u;
  let columns = size.columns / 4u;
  if (row >= size.rows || column >= columns) { return; }
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  for (var k = 0u; k < inner; k++) {
    let at = k * 4u * columns + column;
    let b0 = b[at];
    let b1 = b[at + columns];
    let b2 = b[at + 2u * columns];
    let b3 = b[at + 3u * columns];
    let a0 = a[row * inner + k];
    let a1 = a[(row + 1u) * inner + k];
    let a2 = a[(row + 2u) * inner + k];
    let a3 = a[(row + 3u) * inner + k];
    c0 += a0.x * b0 + a0.y * b1 + a0.z * b2 + a0.w * b3;
    c1 += a1.x * b0 + a1.y * b1 + a1.z * b2 + a1.w * b3;
    c2 += a2.x * b0 + a2.y * b1 + a2.z * b2 + a2.w * b3;
    c3 += a3.x * b0 + a3.y * b1 + a3.z * b2 + a3.w * b3;
  }
  c[row * columns + column] = c0;
  c[(row + 1u) * columns + column] = c1;
  c[(row + 2u) * columns + column] = c2;
  c[(row + 3u) * columns + column] = c3;
}
`;
