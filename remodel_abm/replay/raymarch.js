// A volume of bone drawn by marching a ray through it for each pixel: WebGL2, nothing else.
// Coordinates are voxels (x, y, z); z, the loading axis, points up on the screen.

const RAY_VERTEX = `#version 300 es
out vec2 at;
void main() {
  at = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0;
  gl_Position = vec4(at, 0.0, 1.0);
}`;

const CAMERA = `
uniform vec3 eye, right, up, ahead;
uniform vec2 field;  // tangents of half the angles of view
uniform vec2 range;  // nearest and farthest depth
`;

const RAY_FRAGMENT = `#version 300 es
precision highp float;
precision highp sampler3D;
${CAMERA}
uniform sampler3D matrix, tint, filled;
uniform vec3 size, low, high, young, old, osteoid, eroded;
uniform float block;
in vec2 at;
out vec4 colour;
const float CUT = 0.5;

float density(vec3 p) { return texture(matrix, p / size).r; }

vec3 normal(vec3 p) {
  const vec2 e = vec2(1.1, 0.0);
  vec3 g = vec3(density(p + e.xyy) - density(p - e.xyy),
                density(p + e.yxy) - density(p - e.yxy),
                density(p + e.yyx) - density(p - e.yyx));
  return -g / max(length(g), 1e-5);
}

vec3 paint(vec3 p) {
  float here = max(density(p), 0.25);
  vec3 t = clamp(texture(tint, p / size).rgb / here, 0.0, 1.0);
  vec3 c = mix(young, old, t.r);
  return mix(mix(c, osteoid, t.g), eroded, t.b);
}

void main() {
  vec3 ray = normalize(ahead + at.x * field.x * right + at.y * field.y * up);
  vec3 one = 1.0 / (ray + vec3(equal(ray, vec3(0.0))) * 1e-9);
  vec3 a = (low - eye) * one, b = (high - eye) * one;
  vec3 near = min(a, b), far = max(a, b);
  float enter = max(max(near.x, near.y), max(near.z, 0.0)), leave = min(far.x, min(far.y, far.z));
  if (enter >= leave) discard;
  float t = enter + 1e-3, last = t;
  bool hit = density(eye + t * ray) >= CUT, capped = hit;
  for (int i = 0; i < 1500 && !hit && t < leave; i++) {
    vec3 p = eye + t * ray, cell = floor(p / block);
    if (texelFetch(filled, ivec3(cell), 0).r == 0.0) {  // nothing near: on to the next block
      vec3 out_ = max((cell * block - eye) * one, ((cell + 1.0) * block - eye) * one);
      t = min(out_.x, min(out_.y, out_.z)) + 0.02;
      last = t;
      continue;
    }
    float here = density(p);
    if (here >= CUT) { hit = true; break; }
    last = t;
    t += here == 0.0 ? 1.1 : 0.6;
  }
  if (!hit || t >= leave) discard;
  vec3 n, p;
  if (capped) {
    n = -sign(ray) * vec3(equal(near, vec3(max(near.x, max(near.y, near.z)))));
  } else {
    float outside = last, inside = t;
    for (int i = 0; i < 5; i++) {
      t = (outside + inside) / 2.0;
      if (density(eye + t * ray) >= CUT) inside = t; else outside = t;
    }
    n = normal(eye + t * ray);
  }
  p = eye + t * ray;
  vec3 lamp = normalize(0.5 * up - 0.45 * right - 0.8 * ahead);
  float open = 1.0 - 0.35 * density(p + 2.5 * n) - 0.3 * density(p + 6.0 * n);
  float light = capped ? 0.95 : 0.46 * open + 0.68 * max(dot(n, lamp), 0.0) * mix(0.6, 1.0, open);
  vec3 body = paint(p - 0.6 * n);
  if (capped) body = mix(body, old, 0.35);
  float shine = capped ? 0.0 : pow(max(dot(n, normalize(lamp - ray)), 0.0), 24.0) * 0.12;
  colour = vec4(body * light + shine, 1.0);
  gl_FragDepth = (dot(p - eye, ahead) - range.x) / (range.y - range.x);
}`;

const PLACED = `${CAMERA}
vec4 placed(vec3 p) {
  vec3 q = p - eye;
  float depth = dot(q, ahead);
  float z = (depth - range.x) / (range.y - range.x) * 2.0 - 1.0;
  return vec4(dot(q, right) / field.x, dot(q, up) / field.y, z * depth, depth);
}`;

const CELL_VERTEX = `#version 300 es
precision highp float;
${PLACED}
uniform vec3 low, high, looks[32];
uniform float sizes[32], pixels;
layout(location = 0) in vec4 cell;  // x, y, z, kind
out vec3 body;
void main() {
  vec3 p = cell.xyz + 0.5;
  int kind = int(cell.w);
  gl_Position = placed(p);
  bool seen = all(greaterThanEqual(p, low)) && all(lessThanEqual(p, high)) && sizes[kind] > 0.0;
  if (!seen) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  gl_PointSize = max(1.5, sizes[kind] * pixels / (field.y * max(gl_Position.w, 1.0)));
  body = looks[kind];
}`;

const CELL_FRAGMENT = `#version 300 es
precision highp float;
in vec3 body;
out vec4 colour;
void main() {
  vec2 q = gl_PointCoord * 2.0 - 1.0;
  float r = dot(q, q);
  if (r > 1.0) discard;
  float light = 0.6 + 0.4 * dot(normalize(vec3(q, sqrt(1.0 - r))), vec3(-0.4, -0.5, 0.77));
  colour = vec4(r > 0.78 ? body * 0.35 : body * light, 1.0);
}`;

const EDGE_VERTEX = `#version 300 es
precision highp float;
${PLACED}
uniform vec3 low, high;
layout(location = 0) in vec3 corner;
void main() { gl_Position = placed(mix(low, high, corner)); }`;

const EDGE_FRAGMENT = `#version 300 es
precision highp float;
out vec4 colour;
void main() { colour = vec4(0.5, 0.5, 0.5, 1.0); }`;

const EDGES = new Float32Array([0, 1, 2, 3, 4, 5, 6, 7, 0, 2, 1, 3, 4, 6, 5, 7, 0, 4, 1, 5, 2, 6, 3, 7]
  .flatMap((corner) => [corner & 1, (corner >> 1) & 1, corner >> 2]));
const BLOCK = 4;
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

// What a block of voxels holds, its rim included: 255 if any of it may be surface.
function blockFilled(volume, matrix, bx, by, bz) {
  const [nz, ny, nx] = volume;
  const to = (b, n) => Math.min((b + 1) * BLOCK + 1, n);
  for (let z = Math.max(bz * BLOCK - 1, 0); z < to(bz, nz); z++)
    for (let y = Math.max(by * BLOCK - 1, 0); y < to(by, ny); y++) {
      const row = (z * ny + y) * nx;
      for (let x = Math.max(bx * BLOCK - 1, 0); x < to(bx, nx); x++)
        if (matrix[row + x] > 60) return 255;
    }
  return 0;
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

  /** Take a whole volume: shape (z, y, x), matrix a byte and tint three bytes a voxel. */
  view.load = (newShape, newMatrix, newTint) => {
    [shape, matrix, tint] = [newShape, newMatrix, newTint];
    const [nz, ny, nx] = shape;
    upload(0, gl.R8, gl.RED, nx, ny, nz, matrix);
    upload(1, gl.RGB8, gl.RGB, nx, ny, nz, tint);
    blocks = shape.map((n) => Math.ceil(n / BLOCK));
    const filled = new Uint8Array(blocks[0] * blocks[1] * blocks[2]);
    let i = 0;
    for (let z = 0; z < blocks[0]; z++)
      for (let y = 0; y < blocks[1]; y++)
        for (let x = 0; x < blocks[2]; x++) filled[i++] = blockFilled(shape, matrix, x, y, z);
    upload(2, gl.R8, gl.RED, blocks[2], blocks[1], blocks[0], filled);
    view.filled = filled;
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
    for (const b of stale) {
      const z = Math.floor(b / (blocks[1] * blocks[2])), y = Math.floor(b / blocks[2]) % blocks[1];
      view.filled[b] = blockFilled(shape, matrix, b % blocks[2], y, z);
    }
    const slab = (unit, format, data, width) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      const part = data.subarray(first * nx * ny * width, (last + 1) * nx * ny * width);
      gl.texSubImage3D(gl.TEXTURE_3D, 0, 0, 0, first, nx, ny, last + 1 - first, format,
        gl.UNSIGNED_BYTE, part);
    };
    slab(0, gl.RED, matrix, 1);
    slab(1, gl.RGB, tint, 3);
    upload(2, gl.R8, gl.RED, blocks[2], blocks[1], blocks[0], view.filled);
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

  /** Draw from a camera {yaw, pitch, distance}: radians, radians, diagonals of the block; of the
   * cells only a share, and not the last thousands, where the machine is slow. */
  view.draw = (camera, share = 1) => {
    if (!shape || gl.isContextLost()) return;
    const size = [shape[2], shape[1], shape[0]], low = [0, 0, 0], high = [...size];
    const axis = 2 - view.cut.axis, place = view.cut.at * size[axis];
    if (axis === 1) low[axis] = place; else high[axis] = size[axis] - place;  // what faces us
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
    begin(programs.ray, { size, block: BLOCK, ...colours });
    ["matrix", "tint", "filled"].forEach((name, unit) =>
      gl.uniform1i(gl.getUniformLocation(programs.ray, name), unit));
    gl.disableVertexAttribArray(0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.enableVertexAttribArray(0);
    begin(programs.edge, {});
    gl.bindBuffer(gl.ARRAY_BUFFER, buffers.edge);
    gl.vertexAttribPointer(0, 3, gl.FLOAT, false, 0, 0);
    gl.drawArrays(gl.LINES, 0, EDGES.length / 3);
    sortOut(axis, axis === 1 ? low[axis] : high[axis]);
    drawCells(begin, share < 1 ? Math.min(count, Math.max(4000, Math.round(count * share))) : count);
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
