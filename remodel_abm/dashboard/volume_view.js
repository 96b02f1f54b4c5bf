// The widget of `volume_view.py`: it draws what Python sends and says when it has drawn it.
// Needs `boneView`, `turnable` and `redrawing`, which stand before it in the same module.

const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const copied = (view) => bytes(view).slice();

// The volume as last sent, kept with the model so that every view of it starts whole.
function initialize({ model }) {
  const held = { frame: -1, shape: null, matrix: null, tint: null };
  const take = () => {
    const shape = model.get("shape"), frame = model.get("frame");
    if (frame === held.frame || shape.length !== 3) return;
    const since = model.get("since");
    if (since < 0) {
      Object.assign(held, { shape, matrix: copied(model.get("matrix")), tint: copied(model.get("tint")) });
      held.whole = true;
    } else if (since !== held.frame) {
      model.send({ wanted: "whole" });  // a change of a volume that this browser never saw
      return;
    } else {
      held.indices = new Uint32Array(copied(model.get("changed")).buffer);
      held.values = copied(model.get("values"));
      held.whole = false;
    }
    held.frame = frame;
    if (!held.whole) keep(held);
    for (const draw of held.views) draw();
  };
  held.views = new Set();
  HELD.set(model, held);
  model.on("change:frame", take);
  take();
  return () => { model.off("change:frame", take); HELD.delete(model); };
}

const HELD = new WeakMap();

function keep({ matrix, tint, indices, values }) {
  indices.forEach((index, i) => {
    matrix[index] = values[4 * i];
    tint.set(values.subarray(4 * i + 1, 4 * i + 4), 3 * index);
  });
}

function render({ model, el }) {
  if (!HELD.has(model)) initialize({ model });
  const held = HELD.get(model), colours = model.get("colours");
  const root = document.createElement("div"), canvas = document.createElement("canvas");
  const note = document.createElement("p");
  root.style.cssText = "position:relative;width:100%;height:100%";
  canvas.style.cssText = "width:100%;aspect-ratio:1;display:block;touch-action:none;cursor:grab";
  note.style.cssText = "margin:0;font-size:0.85em";
  note.setAttribute("role", "status");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  root.append(canvas, note);
  el.append(root);

  const camera = { ...FRONT, ...model.get("camera") };
  const sides = held.shape ?? [1, 1, 1];
  let view = model.get("flat_only") ? null : boneView(canvas, colours, model.get("looks"));
  if (view && Math.max(...sides) > view.largest) view = null;
  const paint = view ? (share) => view.draw(camera, share) : () => slice(canvas, model, held, colours);
  const redraw = redrawing(canvas, (share) => {
    if (!held.shape) return;
    paint(share);
    if (model.get("shown") !== held.frame) {
      model.set("shown", held.frame);
      model.save_changes();
    }
  });
  if (!view) {
    note.textContent = "This browser cannot draw in 3-D (it has no WebGL2): a slice instead.";
    canvas.style.cursor = "default";
  }
  const load = () => {
    if (view && held.shape) {
      if (held.whole || !view.filled) view.load(held.shape, held.matrix, held.tint);
      else view.change(held.indices, held.values);
    }
    place();
  };
  const place = () => {
    const points = new Int16Array(copied(model.get("points")).buffer);
    if (view) view.looks = model.get("looks");
    if (view) view.place(points);
    redraw.renew();
  };
  const cut = () => {
    if (view) view.cut = { axis: model.get("axis"), at: model.get("at") };
    redraw.ask();
  };
  const tell = () => canvas.setAttribute("aria-label", model.get("label"));
  const follow = (event) => {  // views of one group turn together, within the browser
    if (event.detail.from === canvas || event.detail.group !== model.get("group")) return;
    Object.assign(camera, event.detail.camera);
    redraw.ask();
  };
  const moved = () => {
    redraw.ask();
    const detail = { from: canvas, group: model.get("group"), camera };
    if (detail.group) document.dispatchEvent(new CustomEvent("bone-turned", { detail }));
  };
  turnable(canvas, camera, moved);
  // A click that does not turn tells Python what it met; so does Enter, of the middle.
  let pressed = null;
  const pick = (at) => {
    if (!view || !held.shape || !model.get("picks")) return;
    const points = new Int16Array(copied(model.get("points")).buffer);
    const place = met(held, points, view.looks, camera, view.bounds(), at);
    if (place) model.send({ picked: place });
    if (place) document.dispatchEvent(new CustomEvent("bone-tab", { detail: "why" }));
  };
  canvas.addEventListener("pointerdown", (event) => { pressed = [event.clientX, event.clientY]; });
  canvas.addEventListener("pointerup", (event) => {
    const box = canvas.getBoundingClientRect(), [x, y] = [event.clientX, event.clientY];
    if (pressed && Math.hypot(x - pressed[0], y - pressed[1]) < 4)
      pick([(2 * (x - box.left)) / box.width - 1, 1 - (2 * (y - box.top)) / box.height]);
    pressed = null;
  });
  canvas.addEventListener("keydown", (event) => { if (event.key === "Enter") pick([0, 0]); });
  document.addEventListener("bone-turned", follow);
  held.views.add(load);
  const heard = { "change:axis": cut, "change:at": cut, "change:label": tell };
  for (const [name, call] of Object.entries(heard)) model.on(name, call);
  for (const call of [load, cut, tell]) call();
  return () => {
    held.views.delete(load);
    for (const [name, call] of Object.entries(heard)) model.off(name, call);
    document.removeEventListener("bone-turned", follow);
    redraw.close();
    view?.close();
  };
}

/** Draw the plane of the cut, or the middle one, where there is no WebGL2. */
function slice(canvas, model, held, colours) {
  const axis = model.get("axis"), looks = model.get("looks"), [nz, ny, nx] = held.shape;
  const [rows, columns] = [0, 1, 2].filter((i) => i !== axis).map((i) => held.shape[i]);
  const steps = [nx * ny, nx, 1], [down, along] = [0, 1, 2].filter((i) => i !== axis);
  const deep = held.shape[axis], at = model.get("at") || 0.5;
  const plane = Math.min(deep - 1, Math.floor((axis === 1 ? at : 1 - at) * deep));
  const small = new OffscreenCanvas(columns, rows), image = new ImageData(columns, rows);
  const mix = (a, b, share) => a.map((n, i) => n + (b[i] - n) * share);
  for (let i = 0; i < rows * columns; i++) {
    const index = plane * steps[axis] + Math.floor(i / columns) * steps[down] + (i % columns) * steps[along];
    const m = held.matrix[index] / 255, t = held.tint.subarray(3 * index, 3 * index + 3);
    const share = (n) => Math.min(1, t[n] / 255 / Math.max(m, 0.25));
    let c = mix(colours.young, colours.old, share(0));
    c = mix(mix(c, colours.osteoid, share(1)), colours.eroded, share(2));
    image.data.set([...c.map((n) => 255 * n), 255 * m], 4 * i);
  }
  small.getContext("2d").putImageData(image, 0, 0);
  const pen = canvas.getContext("2d"), k = Math.min(canvas.width / columns, canvas.height / rows);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, columns * k, rows * k);
  const points = new Int16Array(copied(model.get("points")).buffer);
  for (let i = 0; i < points.length; i += 4) {
    const place = [points[i + 2], points[i + 1], points[i]], look = looks[points[i + 3]];
    if (Math.abs(place[axis] - plane) > 1 || !look.size) continue;
    pen.fillStyle = `rgb(${look.colour.map((n) => 255 * n)})`;
    pen.beginPath();
    pen.arc((place[along] + 0.5) * k, (place[down] + 0.5) * k, look.size * k / 2, 0, 7);
    pen.fill();
  }
}

export default { initialize, render };
