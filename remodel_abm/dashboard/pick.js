// What a click on a volume meets first: a cell that is drawn, or bone.

const NEAR = 0.8;  // voxels beside the ray at which a small cell still counts as met

/** Return the voxel [z, y, x] that the ray through a point of the picture meets, or null.
 *
 * at: the point, from -1 to 1 to the right and upwards. points: x, y, z and kind of each cell.
 */
function met({ shape, matrix }, points, looks, camera, { low, high }, at) {
  const [nz, ny, nx] = shape, { eye, ahead, right, up, field } = looking([nx, ny, nz], camera, 1);
  const way = ahead.map((a, i) => a + at[0] * field[0] * right[i] + at[1] * field[1] * up[i]);
  const length = Math.hypot(...way), ray = way.map((n) => n / length);
  const spans = ray.map((n, i) => [(low[i] - eye[i]) / n, (high[i] - eye[i]) / n].sort((a, b) => a - b));
  const enter = Math.max(0, ...spans.map(([near]) => near)), leave = Math.min(...spans.map(([, far]) => far));
  let bone = Infinity, found = null;
  for (let t = enter + 0.01; t < leave; t += 0.4) {
    const [x, y, z] = ray.map((n, i) => Math.min(shape[2 - i] - 1, Math.max(0, Math.floor(eye[i] + t * n))));
    if (matrix[(z * ny + y) * nx + x] < 128) continue;
    [bone, found] = [t, [z, y, x]];
    break;
  }
  for (let i = 0; i < points.length; i += 4) {
    const cell = points.subarray(i, i + 3), from = [0, 1, 2].map((k) => cell[k] + 0.5 - eye[k]);
    const t = from.reduce((sum, n, k) => sum + n * ray[k], 0), reach = Math.max(NEAR, looks[points[i + 3]].size);
    if (t < enter - 1 || t > bone + 1 || t > leave + 1) continue;
    if (Math.hypot(...from.map((n, k) => n - t * ray[k])) > reach) continue;
    [bone, found] = [t - 1, [cell[2], cell[1], cell[0]]];
  }
  return found;
}
