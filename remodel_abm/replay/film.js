// The snapshots: inflated a group at a time, each frame from the one before it.

const run = JSON.parse(document.getElementById("run").textContent);
const VOXELS = run.shape.reduce((a, b) => a * b);
const REEL = [...document.querySelectorAll("script.film")];
const AT_HAND = 3;  // groups kept inflated

async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function unrolled(group) {
  const all = await inflated(REEL[group].textContent), size = 3 * VOXELS;
  for (let i = size; i < all.length; i++) all[i] ^= all[i - size];
  return all;
}

const groups = new Map();

/** The frame of a snapshot: {matter, second, cells}, a byte a voxel each (see film.py). */
async function frameAt(index) {
  const group = Math.floor(index / run.group), place = 3 * VOXELS * (index % run.group);
  const found = groups.get(group) ?? unrolled(group);
  groups.delete(group);
  groups.set(group, found);
  if (groups.size > AT_HAND) groups.delete(groups.keys().next().value);
  const all = await found;
  const layer = (n) => all.subarray(place + n * VOXELS, place + (n + 1) * VOXELS);
  return { matter: layer(0), second: layer(1), cells: layer(2) };
}

const boneOf = (matter) => (matter >> 3) / 31;
const osteoidOf = (matter) => (matter & 7) / 7;
const matrixOf = (matter) => Math.min(boneOf(matter) + osteoidOf(matter), 1);
const degreeOf = (second) => run.lowest + (1 - run.lowest) * (second >> 2) / 31;
const stateOf = (second) => second & 3;

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const blend = (a, b, share) => a.map((n, i) => n + (b[i] - n) * share);
