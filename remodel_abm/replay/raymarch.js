// A volume of bone drawn by marching a ray through it for each pixel: WebGL2, nothing else.
// Needs `shaders.js` and `blocks.js` before it.

const EDGES = new Float32Array([0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 1, 3, 4, 6, 5, 7, 0, 4, 1, 5, 2, 6, 3, 7]
  .flatMap((corner) => [corner & 1, (corner >> 1) & 1, corner >> 2]));
const COARSE = 1.6;  // times the stride of a ray while the picture is not drawn in full
const FEWEST = 1200;  // cells that are drawn even then
const BURIED = 250;  // matrix of a voxel, of 255, in which no cell shows

function compiled(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    const logs = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(logs.concat(gl.getProgramInfoLog(program)).join(" "));
  }
  return program;
}

/** A renderer of one volume on a canvas; null where the browser has no WebGL2.
 *
 * colours: {young, old, osteoid, eroded}, each [r, g, b] from 0 to 1.
 * looks: [{colour: [r, g, b], size}] by kind of cell, the first for kind 0; at most 32.
 */
function boneView(canvas, colours, looks) {
  const gl = canvas.getContext("webgl2", { alpha: true, antialias: false, preserveDrawingBuffer: true });
  if (!gl) return null;
  let programs, textures, buffers, blocks, count = 0, sorted = null, sortedFor = "";
  let shape = null, matrix = null, tint = null, cells = new Float32Array(0);
  const view = { looks, cut: { axis: 0, at: 0 }, largest: gl.getParameter(gl.MAX_3D_TEXTURE_SIZE) };

  const texture = (unit, filter) => {
    const made = gl.createTexture();
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_3D, made);
    for (const [name, value] of [["MIN_FILTER", filter], ["MAG_FILTER", filter],
      ["WRAP_S", gl.CLAMP_TO_EDGE], ["WRAP_T", gl.CLAMP_TO_EDGE], ["WRAP_R", gl.CLAMP_TO_EDGE]])
      gl.texParameteri(gl.TEXTURE_3D, gl[`TEXTURE_${name}`], value);
    return made;
  };

  function setUp() {
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    programs = {
      ray: compiled(gl, RAY_VERTEX, RAY_FRAGMENT),
      cell: compiled(gl, CELL_VERTEX, CELL_FRAGMENT),
      edge: compiled(gl, EDGE_VERTEX, EDGE_FRAGMENT),
    };
    textures = [texture(0, gl.LINEAR), texture(1, gl.LINEAR), texture(2, gl.NEAREST)];
    buffers = { cell: gl.createBuffer(), edge: gl.createBuffer() };
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.edge);
    gl.bufferData(gl.ARRAY_BUFFER, EDGES, gl.STATIC_DRAW);
    gl.enable(gl.DEPTH_TEST);
    gl.clearColor(0, 0, 0, 0);
    if (shape) { view.load(shape, matrix, tint); view.place(cells); }
  }

  const upload = (unit, inner, format, nx, ny, nz, data) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.texImage3D(gl.TEXTURE_3D, 0, inner, nx, ny, nz, 0, format, gl.UNSIGNED_BYTE, data);
  };

  const holds = (b) => {
    const [, ny, nx] = blocks, y = Math.floor(b / nx) % ny, z = Math.floor(b / (ny * nx));
    return mayHoldSurface(shape, matrix, b % nx, y, z);
  };
  const showLeaps = () =>
    upload(2, gl.R8, gl.RED, blocks[2], blocks[1], blocks[0], leaps(blocks, view.filled));

  /** Take a whole volume: shape (z, y, x), matrix a byte and tint three bytes a voxel. */
  view.load = (newShape, newMatrix, newTint) => {
    [shape, matrix, tint] = [newShape, newMatrix, newTint];
    const [nz, ny, nx] = shape;
    upload(0, gl.R8, gl.RED, nx, ny, nz, matrix);
    upload(1, gl.RGB8, gl.RGB, nx, ny, nz, tint);
    blocks = shape.map((n) => Math.ceil(n / BLOCK));
    const places = blocks[0] * blocks[1] * blocks[2];
    view.filled = Uint8Array.from({ length: places }, (_, b) => holds(b));
    showLeaps();
  };

  /** Take changed voxels: flat indices, and four bytes each (matrix, then tint). */
  view.change = (indices, values) => {
    const [nz, ny, nx] = shape;
    let first = nz, last = -1;
    const stale = new Set();
    indices.forEach((index, i) => {
      matrix[index] = values[4 * i];
      tint.set(values.subarray(4 * i + 1, 4 * i + 4), 3 * index);
      const z = Math.floor(index / (nx * ny)), y = Math.floor(index / nx) % ny, x = index % nx;
      [first, last] = [Math.min(first, z), Math.max(last, z)];
      for (const dz of [-1, 1]) for (const dy of [-1, 1]) for (const dx of [-1, 1]) {
        const b = [z + dz, y + dy, x + dx].map((n, a) =>
          Math.min(Math.max(Math.floor(n / BLOCK), 0), blocks[a] - 1));
        stale.add((b[0] * blocks[1] + b[1]) * blocks[2] + b[2]);
      }
    });
    if (last < 0) return;
    for (const b of stale) view.filled[b] = holds(b);
    const slab = (unit, format, data, width) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      const part = data.subarray(first * nx * ny * width, (last + 1) * nx * ny * width);
      gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, first, nx, ny, last + 1 - first, format,
        gl.UNSIGNED_BYTE, part);
    };
    slab(0, gl.RED, matrix, 1);
    slab(1, gl.RGB, tint, 3);
    showLeaps();
  };

  /** Take the cells: x, y, z and kind of each, as numbers in a row. */
  view.place = (rows) => {
    cells = Float32Array.from(rows);
    sorted = null;
  };

  // Cells that can be seen go to the graphics card: not those within bone, but at the cut. The
  // kinds with few cells come first, so that the first some thousand show all that happens.
  const sortOut = (axis, face) => {
    if (sorted === cells && sortedFor === `${axis} ${face}`) return;
    [sorted, sortedFor] = [cells, `${axis} ${face}`];
    const kinds = new Map(), [, ny, nx] = shape;
    for (let i = 0; i < cells.length; i += 4) {
      const [x, y, z, kind] = cells.subarray(i, i + 4);
      if (matrix[(z * ny + y) * nx + x] > BURIED && Math.abs(cells[i + axis] + 0.5 - face) > 2) continue;
      if (!kinds.has(kind)) kinds.set(kind, []);
      kinds.get(kind).push(x, y, z, kind);
    }
    const rows = [...kinds.values()].sort((a, b) => a.length - b.length).flat();
    count = rows.length / 4;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.cell);
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(rows), gl.DYNAMIC_DRAW);
  };

  /** Return size, axis of the cut, and the corners of what it leaves, as x, y, z. */
  view.bounds = () => {
    const size = [shape[2], shape[1], shape[0]], low = [0, 0, 0], high = [...size];
    const axis = 2 - view.cut.axis, place = view.cut.at * size[axis];
    if (axis === 1) low[axis] = place; else high[axis] = size[axis] - place;  // what faces us
    return { size, axis, low, high };
  };

  /** Draw from a camera {yaw, pitch, distance}: radians, radians, diagonals of the block; of the
   * cells only a share, and not the last thousands, where the machine is slow. */
  view.draw = (camera, share = 1) => {
    if (!shape || gl.isContextLost()) return;
    const { size, axis, low, high } = view.bounds();
    const turned = looking(size, camera, canvas.width / canvas.height);
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const begin = (program, given) => {
      gl.useProgram(program);
      for (const [name, value] of Object.entries({ ...turned, low, high, ...given })) {
        const where = gl.getUniformLocation(program, name);
        if (where) gl[`uniform${value.length ?? 1}f${value.length ? "v" : ""}`](where, value);
      }
    };
    begin(programs.ray, { size, block: BLOCK, stride: share < 1 ? COARSE : 1, ...colours });
    ["matrix", "tint", "leap"].forEach((name, unit) =>
      gl.uniform1i(gl.getUniformLocation(programs.ray, name), unit));
    gl.disableVertexAttribArray(0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.enableVertexAttribArray(0);
    begin(programs.edge, {});
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.edge);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
    gl.drawArrays(gl.LINES, 0, EDGES.length / 3);
    sortOut(axis, axis === 1 ? low[axis] : high[axis]);
    drawCells(begin, share < 1 ? Math.min(count, Math.max(FEWEST, Math.round(count * share ** 2))) : count);
    // Reading a pixel waits for the picture, so that its cost can be known and kept to.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  };

  const drawCells = (begin, number) => {
    if (!number) return;
    begin(programs.cell, { pixels: canvas.height / 2 });
    gl.uniform3fv(gl.getUniformLocation(programs.cell, "looks"), view.looks.flatMap((l) => l.colour));
    gl.uniform1fv(gl.getUniformLocation(programs.cell, "sizes"), view.looks.map((l) => l.size));
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.cell);
    gl.vertexAttribPointer(0, 4, gl.FLOAT, false, 0, 0);
    gl.drawArrays(gl.POINTS, 0, number);
  };

  view.close = () => gl.getExtension("WEBGL_lose_context")?.loseContext();
  canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
  canvas.addEventListener("webglcontextrestored", setUp);
  setUp();
  return view;
}

// The camera's place and axes: it looks at the middle of the block, z up.
function looking(size, camera, aspect) {
  const span = Math.hypot(...size), distance = camera.distance * span;
  const [c, s] = [Math.cos(camera.pitch), Math.sin(camera.pitch)];
  const [a, b] = [Math.sin(camera.yaw), Math.cos(camera.yaw)];
  const ahead = [-c * a, c * b, -s], right = [b, a, 0], up = [-s * a, s * b, c];
  const eye = size.map((n, i) => n / 2 - distance * ahead[i]);
  const tall = 0.36 * Math.max(1, 1 / aspect);
  return { eye, ahead, right, up, field: [tall * aspect, tall],
    range: [Math.max(distance - span, 0.01 * span), distance + span] };
}
