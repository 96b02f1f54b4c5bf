// Blocks of voxels: which may hold surface, and how many blocks a ray may leap from each.

const BLOCK = 4;
const SURFACE = 60;  // matrix of a voxel, of 255, beside which half of it may be reached

/** Tell whether a block of voxels, its rim included, may hold surface. */
function mayHoldSurface(volume, matrix, bx, by, bz) {
  const [nz, ny, nx] = volume;
  const to = (b, n) => Math.min((b + 1) * BLOCK + 1, n);
  for (let z = Math.max(bz * BLOCK - 1, 0); z < to(bz, nz); z++)
    for (let y = Math.max(by * BLOCK - 1, 0); y < to(by, ny); y++) {
      const row = (z * ny + y) * nx;
      for (let x = Math.max(bx * BLOCK - 1, 0); x < to(bx, nx); x++)
        if (matrix[row + x] > SURFACE) return true;
    }
  return false;
}

/** Return how many blocks away, in any direction, the nearest block that `holds` is; bytes.
 *
 * Two sweeps, each looking back at the 13 neighbours it has passed, give this distance exactly.
 */
function leaps([nz, ny, nx], holds) {
  const far = Uint8Array.from(holds, (one) => (one ? 0 : 255)), back = [];
  for (const dz of [-1, 0, 1]) for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1])
    if (dz < 0 || (dz === 0 && (dy < 0 || (dy === 0 && dx < 0)))) back.push([dz, dy, dx]);
  const sweep = (way) => {
    for (let i = way > 0 ? 0 : far.length - 1; i >= 0 && i < far.length; i += way) {
      const x = i % nx, y = Math.floor(i / nx) % ny, z = Math.floor(i / (nx * ny));
      for (const [dz, dy, dx] of back) {
        const a = z + way * dz, b = y + way * dy, c = x + way * dx;
        if (a < 0 || b < 0 || c < 0 || a >= nz || b >= ny || c >= nx) continue;
        far[i] = Math.min(far[i], far[(a * ny + b) * nx + c] + 1);
      }
    }
  };
  sweep(1);
  sweep(-1);
  return far;
}
