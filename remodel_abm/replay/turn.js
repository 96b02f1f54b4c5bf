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
 * when the picture is there; returns
 * {ask, close}. Each drawing is counted in `canvas.dataset.drawn`.
 */
const MOVING = 40, STILL = 300;  // ms that a drawing may take

function redrawing(canvas, draw) {
  let wanted = false, scale = 1, rest = 0, closed = false;
  // Draw at a share of the pixels of the screen; return the share that would take `budget`.
  const drawn = (share, budget) => {
    const ratio = Math.min(globalThis.devicePixelRatio || 1, 2) * share;
    const [w, h] = [canvas.clientWidth, canvas.clientHeight].map((n) => Math.max(1, Math.round(n * ratio)));
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    const began = performance.now();
    draw(share);
    const change = Math.sqrt(budget / Math.max(performance.now() - began, 1));
    return Math.min(1, Math.max(0.25, share * Math.min(1.1, Math.max(0.4, change))));
  };
  const step = () => {
    wanted = false;
    if (closed) return;
    const used = scale;
    scale = drawn(used, MOVING);
    canvas.dataset.drawn = Number(canvas.dataset.drawn || 0) + 1;
    clearTimeout(rest);
    const finer = Math.min(1, used * Math.sqrt(STILL / MOVING) * Math.min(1, scale / used));
    if (used < 1) rest = setTimeout(() => { if (!closed) drawn(finer, STILL); }, 250);
  };
  const ask = () => {
    if (!wanted) requestAnimationFrame(step);
    wanted = true;
  };
  const watcher = new ResizeObserver(ask);
  watcher.observe(canvas);
  return { ask, close: () => { closed = true; clearTimeout(rest); watcher.disconnect(); } };
}
