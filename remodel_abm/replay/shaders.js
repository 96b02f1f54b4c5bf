// What the graphics card does with a volume of bone: rays, cells as balls, edges of the block.
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
uniform sampler3D matrix, tint, leap;
uniform vec3 size, low, high, young, old, osteoid, eroded;
uniform float block, stride;
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
  float t = enter + 1e-3, last = t, here = density(eye + t * ray), before = here;
  bool hit = here >= CUT, capped = hit;
  for (int i = 0; i < 1500 && !hit && t < leave; i++) {
    vec3 p = eye + t * ray, cell = floor(p / block);
    float free = floor(texelFetch(leap, ivec3(cell), 0).r * 255.0 + 0.5);
    if (free > 0.0) {  // no surface in so many blocks: on to the end of them
      vec3 out_ = max(((cell - free + 1.0) * block - eye) * one, ((cell + free) * block - eye) * one);
      t = min(out_.x, min(out_.y, out_.z)) + 0.02;
      last = t;
      before = 0.0;
      continue;
    }
    here = density(p);
    if (here >= CUT) { hit = true; break; }
    last = t;
    before = here;
    t += stride * (here == 0.0 ? 1.1 : 0.6);
  }
  if (!hit || t >= leave) discard;
  vec3 n, p;
  if (capped) {
    n = -sign(ray) * vec3(equal(near, vec3(max(near.x, max(near.y, near.z)))));
  } else {
    for (int i = 0; i < 2; i++) {  // where a straight line between the last two would cross
      float middle = mix(last, t, clamp((CUT - before) / max(here - before, 1e-3), 0.05, 0.95));
      float found = density(eye + middle * ray);
      if (found >= CUT) { t = middle; here = found; } else { last = middle; before = found; }
    }
    t = mix(last, t, clamp((CUT - before) / max(here - before, 1e-3), 0.0, 1.0));
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
  gl_PointSize = max(1.0, sizes[kind] * pixels / (field.y * max(gl_Position.w, 1.0)));
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
