// A camera that mouse, fingers and keys turn, and the redrawing that keeps up with them.

const FRONT = { yaw: 0.6, pitch: 0.45, distance: 1.5 };

/** Turn `camera` by what happens on `canvas`; `moved` is called after each change. */
function turnable(canvas, camera, moved) {
  const held = new Map();
  const turn = (yaw, pitch, zoom = 1) => {
    camera.yaw = (camera.yaw + yaw) % (2 * Math.PI);
    camera.pitch = Math.min(Math.max(camera.pitch + pitch, -1.5), 1.5);
    camera.distance = Math.min(Math.max(camera.distance * zoom, 0.35), 5);
    moved();
  };
  const spread = () => {
    const [a, b] = [...held.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, [event.clientX, event.clientY]);
  });
  canvas.addEventListener("pointermove", (event) => {
    const from = held.get(event.pointerId);
    if (!from) return;
    const before = held.size === 2 ? spread() : 0;
    held.set(event.pointerId, [event.clientX, event.clientY]);
    if (before) turn(0, 0, before / Math.max(spread(), 1));
    else turn((from[0] - event.clientX) * 0.008, (event.clientY - from[1]) * 0.008);
  });
  for (const name of ["pointerup", "pointercancel"])
    canvas.addEventListener(name, (event) => held.delete(event.pointerId));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    turn(0, 0, Math.exp(event.deltaY * 0.001));
  }, { passive: false });
  const keys = {
    ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1],
    "+": [0, 0, 0.9], "=": [0, 0, 0.9], "-": [0, 0, 1.1],
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Home") Object.assign(camera, FRONT);
    else if (!keys[event.key]) return;
    event.preventDefault();
    turn(...(keys[event.key] ?? [0, 0]));
  });
}

/** Redraw on demand, once a frame at most; as coarse as a slow machine needs to keep up.
 *
 * draw(share) is called with the canvas sized to that share of its pixels a side, and must return
 * when the picture is there. Returns {ask, renew, close}: `ask` for a view that turns, which has to
 * be quick, `renew` for a bone that changed under a view at rest. Each drawing is counted in
 * `canvas.dataset.drawn`.
 */
const SHARES = [1, 0.7, 0.5, 0.35, 0.25];  // each has half the pixels of the one before
const MOVING = 50;  // ms from a turn to its picture, the browser's own work included
const CHANGING = 100, RESTING = 400;  // ms that a drawing may take
const PAUSE = 250, SETTLED = 700;  // ms after the last turn, or change, until the view rests

function redrawing(canvas, draw) {
  let wanted = 0, rest = 0, closed = false, turned = -Infinity, whole = 0;
  const moving = { level: 1, budget: MOVING }, changing = { level: 0, budget: CHANGING };
  const drawn = (share) => {
    const ratio = Math.min(globalThis.devicePixelRatio || 1, 2) * share;
    const [w, h] = [canvas.clientWidth, canvas.clientHeight].map((n) => Math.max(1, Math.round(n * ratio)));
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const began = performance.now();
    draw(share);
    const took = performance.now() - began;
    whole = took / share ** 2;
    canvas.dataset.drawn = Number(canvas.dataset.drawn || 0) + 1;
    return took;
  };
  const choose = (pace, took) => {
    if (took > 1.2 * pace.budget) pace.level = Math.min(pace.level + 1, SHARES.length - 1);
    if (took < 0.55 * pace.budget) pace.level = Math.max(pace.level - 1, 0);
  };
  const finest = () => SHARES.find((share) => whole * share ** 2 < RESTING) ?? SHARES.at(-1);
  const step = () => {
    const asked = wanted;
    wanted = 0;
    if (closed) return;
    const turning = performance.now() - turned < PAUSE, pace = turning ? moving : changing;
    const share = SHARES[pace.level], took = drawn(share);
    choose(pace, turning ? performance.now() - asked : took);
    clearTimeout(rest);
    if (share < 1) rest = setTimeout(() => { if (!closed) drawn(finest()); }, turning ? PAUSE : SETTLED);
  };
  const renew = () => {
    if (!wanted && !closed) requestAnimationFrame(step);
    wanted ||= performance.now();
  };
  const ask = () => {
    turned = performance.now();
    renew();
  };
  const watcher = new ResizeObserver(renew);
  watcher.observe(canvas);
  return { ask, renew, close: () => { closed = true; clearTimeout(rest); watcher.disconnect(); } };
}
