// The ground under the cells: bone, what differs from another arm, a signal, a scale bar, as images.

const VIRIDIS = ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"];
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const mix = (a, b, t) => a.map((value, i) => value + (b[i] - value) * t);

const RAMP = Array.from({ length: 256 }, (_, i) => {
  const at = (i / 255) * (VIRIDIS.length - 1), k = Math.min(Math.floor(at), VIRIDIS.length - 2);
  return mix(rgb(VIRIDIS[k]), rgb(VIRIDIS[k + 1]), at - k);
});

// Colour of a voxel of bone by mineral (256), then by the state of its surface and osteoid.
function bonePalette(spec) {
  const young = rgb(ink("--bone-young")), old = rgb(ink("--bone-old"));
  const shades = Array.from({ length: 256 }, (_, i) => {
    const t = Math.min(1, Math.max(0, (i / 255 - 0.6) / 0.4));
    return mix(young, old, t);
  });
  return { shades, states: [null, ...spec.states.map((s) => rgb(s.colour))], osteoid: rgb(spec.osteoid) };
}

// Bone as an image whose opacity is the share of matrix, so that edges stay smooth.
function boneImage(arm, colours) {
  const { width, height, ground } = arm, n = width * height;
  const image = new ImageData(width, height), out = image.data;
  for (let i = 0; i < n; i++) {
    const matrix = ground[i];
    if (!matrix) continue;
    const mark = ground[2 * n + i], state = mark & 3, osteoid = (mark >> 2) / 63;
    let c = colours.shades[ground[n + i]];
    if (osteoid > 0) c = mix(c, colours.osteoid, Math.min(1, (osteoid * 255) / matrix));
    if (state) c = mix(c, colours.states[state], 0.62);
    out[4 * i] = c[0];
    out[4 * i + 1] = c[1];
    out[4 * i + 2] = c[2];
    out[4 * i + 3] = matrix;
  }
  return image;
}

// What an arm has more or less than the first: blue gained, vermilion lost.
function differenceImage(arm, first, colours) {
  const { width, height, ground } = arm, n = width * height;
  const image = new ImageData(width, height), out = image.data;
  for (let i = 0; i < n; i++) {
    const more = ground[i] - first.ground[i], kept = Math.min(ground[i], first.ground[i]);
    const c = more > 0 ? colours.states[3] : colours.states[2], size = Math.abs(more);
    const total = Math.max(1, kept + size);
    const grey = colours.shades[170];
    out.set(mix(grey, c, size / total), 4 * i);
    out[4 * i + 3] = Math.min(255, kept * 0.55 + size);
  }
  return image;
}

function signalImage(signal, values) {
  const image = new ImageData(signal.width, signal.height), span = signal.top || 1;
  for (let i = 0; i < values.length; i++) {
    const t = Math.min(255, Math.max(0, Math.round((255 * values[i]) / span)));
    image.data.set(RAMP[t], 4 * i);
    image.data[4 * i + 3] = 0.85 * t;
  }
  return image;
}

const scratch = new Map();
function asCanvas(image, key) {
  if (!scratch.has(key)) scratch.set(key, document.createElement("canvas"));
  const canvas = scratch.get(key);
  if (canvas.width !== image.width || canvas.height !== image.height) {
    [canvas.width, canvas.height] = [image.width, image.height];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function scaleBar(pen, size, k, voxel) {
  const length = [50, 100, 200, 500, 1000].find((um) => (um / voxel) * k > size / 7) ?? 1000;
  const pixels = (length / voxel) * k, x = 12 * (size / 600), y = size - x;
  pen.font = `${Math.round(size / 44)}px system-ui, sans-serif`;
  pen.fillStyle = pen.strokeStyle = ink("--marrow");  // a rim, so that it reads on bone too
  pen.lineWidth = 4;
  pen.fillRect(x - 2, y - 5, pixels + 4, 7);
  pen.strokeText(`${length} µm`, x, y - 8);
  pen.fillStyle = ink("--text");
  pen.fillRect(x, y - 3, pixels, 3);
  pen.fillText(`${length} µm`, x, y - 8);
}
