// A section, or a slice of a volume, in the colours of the figures; cells as their markers.

const COLOURS = Object.fromEntries(Object.entries(run.colours)
  .filter(([name]) => name !== "states").map(([name, hex]) => [name, rgb(hex)]));
const STATES = run.colours.states.map(([, hex]) => rgb(hex));
const STEPS = [run.shape[1] * run.shape[2], run.shape[2], 1];
const NEAR = run.shape[0] > 1 ? 2 : 0;  // cells so many voxels off the plane are drawn too
const REMEMBERED = 90;  // days for which a perforation stays marked

function boneColour(matter, second) {
  const state = stateOf(second);
  if (state) return STATES[state - 1];
  const bone = boneOf(matter), osteoid = osteoidOf(matter);
  if (!bone && !osteoid) return COLOURS.marrow;
  const [low, high] = run.shades;
  const share = Math.min(1, Math.max(0, (bone * degreeOf(second) - low) / (high - low)));
  const shade = blend(COLOURS.young, COLOURS.old, share);
  return COLOURS.marrow.map((n, i) => n + bone * (shade[i] - n) + osteoid * (COLOURS.osteoid[i] - n));
}

function changeColour(now, before) {
  const a = matrixOf(before), b = matrixOf(now), kept = Math.min(a, b);
  return COLOURS.marrow.map((n, i) => n + kept * (COLOURS.kept[i] - n)
    + Math.max(a - b, 0) * (COLOURS.lost[i] - n) + Math.max(b - a, 0) * (COLOURS.gained[i] - n));
}

const MARKERS = {
  o: (pen, r) => pen.arc(0, 0, r, 0, 7),
  ".": (pen, r) => pen.arc(0, 0, r, 0, 7),
  s: (pen, r) => pen.rect(-0.85 * r, -0.85 * r, 1.7 * r, 1.7 * r),
  d: (pen, r) => corners(pen, [0, -r], [0.65 * r, 0], [0, r], [-0.65 * r, 0]),
  "^": (pen, r) => corners(pen, [0, -r], [r, 0.8 * r], [-r, 0.8 * r]),
  v: (pen, r) => corners(pen, [0, r], [r, -0.8 * r], [-r, -0.8 * r]),
  _: (pen, r) => pen.rect(-r, -0.22 * r, 2 * r, 0.44 * r),
  P: (pen, r) => { pen.rect(-0.3 * r, -r, 0.6 * r, 2 * r); pen.rect(-r, -0.3 * r, 2 * r, 0.6 * r); },
  x: (pen, r) => { pen.rotate(0.785); MARKERS.P(pen, r); pen.rotate(-0.785); },
};

function corners(pen, first, ...others) {
  pen.moveTo(...first);
  for (const corner of others) pen.lineTo(...corner);
  pen.closePath();
}

function drawCell(pen, kind, x, y, voxel) {
  const r = Math.max(0.8, 1.05 * kind.size * voxel);
  pen.save();
  pen.translate(x, y);
  pen.beginPath();
  MARKERS[kind.marker](pen, r);
  pen.fillStyle = kind.colour;
  pen.fill();
  if (!".x_P".includes(kind.marker) && r > 2) {
    pen.lineWidth = Math.max(0.5, r / 9);
    pen.strokeStyle = "#000";
    pen.stroke();
  }
  pen.restore();
}

/** Draw a plane on a canvas: options {way, axis, plane, before, day, hidden}. */
function drawPlane(canvas, frame, { way, axis, plane, before, day, hidden }) {
  const [down, along] = [0, 1, 2].filter((i) => i !== axis);
  const rows = run.shape[down], columns = run.shape[along];
  const ratio = Math.min(window.devicePixelRatio || 1, 2);
  const k = Math.max(1, Math.round(canvas.clientWidth * ratio) / columns);
  [canvas.width, canvas.height] = [Math.round(columns * k), Math.round(rows * k)];
  const small = new OffscreenCanvas(columns, rows), image = new ImageData(columns, rows);
  const changed = way === "change" && before;
  for (let i = 0, index = plane * STEPS[axis]; i < rows * columns; i++) {
    const at = index + Math.floor(i / columns) * STEPS[down] + (i % columns) * STEPS[along];
    const c = changed ? changeColour(frame.matter[at], before.matter[at])
      : boneColour(frame.matter[at], frame.second[at]);
    [image.data[4 * i], image.data[4 * i + 1], image.data[4 * i + 2]] = c.map(Math.round);
    image.data[4 * i + 3] = 255;
  }
  small.getContext("2d").putImageData(image, 0, 0);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (!changed) drawCells(pen, frame, { axis, plane, down, along, hidden, k });
  drawBreaks(pen, { axis, plane, down, along, k, day });
  drawBar(pen, columns, k);
}

function drawCells(pen, frame, { axis, plane, down, along, hidden, k }) {
  const found = run.kinds.map(() => []);
  const first = Math.max(0, plane - NEAR), last = Math.min(run.shape[axis] - 1, plane + NEAR);
  for (let p = first; p <= last; p++)
    for (let y = 0; y < run.shape[down]; y++)
      for (let x = 0; x < run.shape[along]; x++) {
        const kind = frame.cells[p * STEPS[axis] + y * STEPS[down] + x * STEPS[along]];
        if (kind) found[kind - 1].push([x, y]);
      }
  found.forEach((places, n) => {
    if (hidden.has(n)) return;
    for (const [x, y] of places) drawCell(pen, run.kinds[n], (x + 0.5) * k, (y + 0.5) * k, k);
  });
}

function drawBreaks(pen, { axis, plane, down, along, k, day }) {
  pen.lineWidth = Math.max(1.5, 0.35 * k);
  pen.strokeStyle = "#d55e00";
  for (const [when, ...place] of run.breaks) {
    if (when > day || when < day - REMEMBERED || Math.abs(place[axis] - plane) > NEAR + 1) continue;
    pen.beginPath();
    pen.arc((place[along] + 0.5) * k, (place[down] + 0.5) * k, 5 * k, 0, 7);
    pen.stroke();
  }
}

function drawBar(pen, columns, k) {
  const aim = columns * run.voxel / 4, power = 10 ** Math.floor(Math.log10(aim));
  const length = Math.max(...[1, 2, 5].map((n) => n * power).filter((n) => n <= aim));
  const wide = length / run.voxel * k, { width, height } = pen.canvas, size = width / 34;
  const text = length < 1000 ? `${length} µm` : `${length / 1000} mm`;
  pen.font = `${size}px sans-serif`;
  pen.textAlign = "center";
  pen.fillStyle = "rgba(255, 255, 255, 0.85)";
  pen.fillRect(0.02 * width, height - 2.35 * size, wide + 0.02 * width, 2 * size);
  pen.fillStyle = "#000";
  pen.fillRect(0.03 * width, height - 0.85 * size, wide, 0.25 * size);
  pen.fillText(text, 0.03 * width + wide / 2, height - 1.15 * size);
}

/** What the ray marcher takes of a frame: a byte of matrix and three of tint a voxel. */
function volumeOf(frame) {
  const matrix = new Uint8Array(VOXELS), tint = new Uint8Array(3 * VOXELS);
  for (let i = 0; i < VOXELS; i++) {
    const matter = frame.matter[i];
    if (!matter) continue;
    const m = matrixOf(matter), second = frame.second[i];
    matrix[i] = 255 * m;
    tint[3 * i] = 255 * m * (second >> 2) / 31;
    tint[3 * i + 1] = 255 * osteoidOf(matter);
    tint[3 * i + 2] = stateOf(second) === 2 ? 255 * m : 0;
  }
  return { matrix, tint };
}

/** Place and kind of the cells that are not hidden, x, y, z, kind in a row. */
function placesOf(frame, hidden) {
  const rows = [], [, ny, nx] = run.shape;
  frame.cells.forEach((kind, i) => {
    if (kind && !hidden.has(kind - 1))
      rows.push(i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny)), kind - 1);
  });
  return rows;
}
