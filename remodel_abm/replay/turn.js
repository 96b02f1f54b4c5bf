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

/** Redraw on demand, once a frame at most; coarser while a slow machine cannot follow.
 *
 * draw() is called with the canvas sized; returns {ask, close}. Each drawing is counted in
 * `canvas.dataset.drawn`.
 */
function redrawing(canvas, draw) {
  let wanted = false, last = 0, scale = 1, rest = 0, closed = false;
  const fit = (share) => {
    const ratio = Math.min(globalThis.devicePixelRatio || 1, 2) * share;
    const [w, h] = [canvas.clientWidth, canvas.clientHeight].map((n) => Math.max(1, Math.round(n * ratio)));
    if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  };
  const step = (now) => {
    wanted = false;
    if (closed) return;
    const took = now - last;
    last = now;
    if (took < 400) scale = Math.min(1, Math.max(0.35, scale * (took > 55 ? 0.88 : took < 28 ? 1.08 : 1)));
    fit(scale);
    draw();
    canvas.dataset.drawn = Number(canvas.dataset.drawn || 0) + 1;
    clearTimeout(rest);
    if (scale < 1) rest = setTimeout(() => { if (!closed) { fit(1); draw(); } }, 250);
  };
  const ask = () => {
    if (!wanted) requestAnimationFrame(step);
    wanted = true;
  };
  const watcher = new ResizeObserver(ask);
  watcher.observe(canvas);
  return { ask, close: () => { closed = true; clearTimeout(rest); watcher.disconnect(); } };
}
