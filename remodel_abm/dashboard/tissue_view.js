// The tissue of every arm: ground, signal and cells on a canvas each; legend, colour bar, hover.

const STATE = ["", "opened", "eroded", "forming"];

// What an arm's changes are, in a few words.
function differs(arm) {
  const found = [];
  for (const { off, schedule, set, brush } of arm.changes) {
    if (off?.length) found.push(`without ${off.join(", ")}`);
    const parts = (schedule ?? []).map((one) => one.part.replaceAll("_", " "));
    const other = parts.filter((part) => part !== "ovary");
    if (parts.length) found.push(...(other.length ? other : ["estrogen changed"]));
    if (set) found.push(`${Object.keys(set).length} ${Object.keys(set).length > 1 ? "values" : "value"} changed`);
    if (brush) found.push("brushed");
  }
  return [...new Set(found)];
}

function render({ model, el }) {
  const spec = model.get("spec");
  // What is drawn in the plane, and in 3-D, where some would hide the bone.
  const flat = new Set(spec.kinds.filter((kind) => !kind.hidden).map((kind) => kind.name));
  const round3d = new Set([...flat].filter((name) => !spec.hidden3d.includes(name)));
  let shown = flat;
  let named = "", arms = [], news = null, colours = null, mode = "bone", drawn = 0, tops = {}, status = null;
  const panes = h("div", { class: "panes" });
  const tip = h("div", { class: "tip", role: "status", hidden: true });
  const bar = h("div", { class: "colour-bar", hidden: true });
  const legend = h("div", { class: "legend", role: "group", "aria-label": "Cells, click to hide" });
  const modes = h("div", { class: "segments", role: "group", "aria-label": "What is drawn", hidden: true });
  const signal = h("select", { "aria-label": "Signal laid over the marrow",
    onchange: () => { tops = {}; wish(model, "look", { signal: signal.value }); } },
    Object.entries(spec.signals).map(([name, label]) => h("option", { value: name }, label)));
  signal.value = "";
  const signalBox = h("label", { class: "signal" }, "signal ", signal);
  const brush = brushing(model, spec.brushes, (event, index) => {
    const [y, x] = place(event, index);
    return { y, x, arm: arms[index], voxel: news.voxel, plane: status?.plane ?? 0 };
  });
  const plane = h("input", { type: "range", min: 0, max: 0, "aria-label": "Plane across z",
    oninput: () => wish(model, "look", { plane: Number(plane.value) }) });
  const planeBox = h("label", { class: "plane", hidden: true }, "plane ", plane);
  const axis = h("select", { "aria-label": "Axis of the cut" }, ["z", "y", "x"].map((name, i) => h("option", { value: i }, name)));
  axis.value = 1;
  const cut = h("input", { type: "range", min: 0, max: 0.95, step: 0.01, value: 0, "aria-label": "Cut away" });
  for (const box of [axis, cut]) box.addEventListener("input", () => model.send({ want: "cut", axis: Number(axis.value), at: Number(cut.value) }));
  const cutBox = h("label", { class: "plane", hidden: true }, "cut ", axis, " ", cut);
  const solid = h("button", { hidden: true, "aria-pressed": false, onclick: () => turn(!inSpace) }, "3-D");
  let inSpace = false, deep = false;
  function turn(on) {
    inSpace = on;
    solid.setAttribute("aria-pressed", on);
    (el.closest(".bone-page") ?? document.body).dataset.solid = on ? "on" : "off";
    wish(model, "look", { solid: on });
    shown = on ? round3d : flat;
    press();
    fit();
  }
  function fit() {
    solid.hidden = !deep;
    planeBox.hidden = !deep || inSpace;
    cutBox.hidden = !deep || !inSpace;
    brush.box.hidden = signalBox.hidden = inSpace;
    modes.hidden = arms.length < 2 || inSpace;
  }
  const press = () => { for (const kind of spec.kinds) kind.button.setAttribute("aria-pressed", shown.has(kind.name)); };
  for (const [name, label] of [["bone", "Bone"], ["difference", "Difference to A"]]) {
    modes.append(h("button", { "aria-pressed": name === mode, onclick: () => {
      mode = name;
      for (const b of modes.children) b.setAttribute("aria-pressed", b.dataset.name === name);
      draw();
    }, "data-name": name }, label));
  }
  const busy = h("div", { class: "busy", role: "status" }, "Waking up …");
  el.append(h("div", { class: "tissue" }, h("div", { class: "stage" }, panes, busy, tip),
    h("div", { class: "under" }, signalBox, bar, brush.box, solid, planeBox, cutBox, modes), legend));

  spec.kinds.forEach((kind) => {
    const icon = h("canvas", { width: 36, height: 36, "aria-hidden": true });
    const count = h("span", { class: "count" });
    const button = h("button", { title: kind.about, "aria-pressed": shown.has(kind.name), onclick: () => {
      if (!shown.delete(kind.name)) shown.add(kind.name);
      press();
      draw();
      if (inSpace) model.send({ want: "hide", kinds: spec.kinds.map((one) => one.name).filter((one) => !shown.has(one)) });
    } }, icon, kind.label, count);
    Object.assign(kind, { icon, count, button });
    legend.append(button);
  });
  [...spec.states, { label: "osteoid", colour: spec.osteoid }].forEach((state) => {
    legend.append(h("span", { class: "key" }, h("i", { style: `background:${state.colour}` }), state.label));
  });

  function icons() {
    spec.kinds.forEach((kind, number) => {
      const pen = kind.icon.getContext("2d");
      pen.clearRect(0, 0, 36, 36);
      const one = { x: 18, y: 18, trait: kind.name === "osteoclast" ? 6 : 1, luck: 1, u: [0, -1] };
      if (kind.name === "osteocyte" || kind.name === "lining_cell") one.trait = 0;
      if (kind.name === "osteocyte") {  // dark as it is, it shows on bone only
        pen.fillStyle = ink("--bone-young");
        pen.beginPath();
        pen.arc(18, 18, 18, 0, TAU);
        pen.fill();
      }
      const k = { adipocyte: 4.6, osteoclast: 6, osteocyte: 12, lining_cell: 9 }[kind.name] ?? 10;
      paintCells(pen, spec.kinds.map((_, i) => (i === number ? [one] : [])), spec.kinds, new Set([kind.name]), k);
    });
  }

  function layOut() {
    panes.dataset.count = arms.length;
    while (panes.children.length > arms.length) panes.lastChild.remove();
    while (panes.children.length < arms.length) panes.append(pane(panes.children.length));
    modes.hidden = arms.length < 2 || inSpace;
    if (arms.length < 2 && mode !== "bone") modes.firstChild.click();
  }

  function pane(index) {
    const canvas = h("canvas", { role: "img", "aria-label": "Bone", tabindex: 0, "data-arm": index });
    canvas.addEventListener("pointermove", (event) => hover(...(pointed = [event, index])));
    canvas.addEventListener("pointerleave", () => { tip.hidden = true; pointed = null; });
    canvas.addEventListener("click", (event) => { if (!brush.inHand()) ask(place(event, index), index); });
    brush.take(canvas, index);
    canvas.addEventListener("keydown", (event) => key(event, index));
    return h("figure", {}, h("figcaption", {}), canvas);
  }

  let cursor = null;
  function key(event, index) {
    const arm = arms[index], step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!arm || (!step && event.key !== "Enter")) return;
    event.preventDefault();
    cursor ??= [arm.height >> 1, arm.width >> 1];
    if (step) cursor = [cursor[0] + 2 * step[0], cursor[1] + 2 * step[1]];
    else ask(cursor, index);
    draw();
  }

  function place(event, index) {
    const box = event.target.getBoundingClientRect(), arm = arms[index];
    return [((event.clientY - box.top) / box.height) * arm.height, ((event.clientX - box.left) / box.width) * arm.width]
      .map(Math.floor);
  }

  function ask([y, x], index) {
    cursor = [y, x];
    wish(model, "ask", { y, x, arm: index, kinds: [...shown] });
    document.dispatchEvent(new CustomEvent("bone-tab", { detail: "why" }));
    draw();
  }

  let pointed = null;  // where the pointer rests, since what is under it changes with the day
  function hover(event, index) {
    const arm = arms[index];
    if (!arm) return;
    const [y, x] = place(event, index), n = arm.width * arm.height, i = y * arm.width + x;
    if (y < 0 || x < 0 || y >= arm.height || x >= arm.width) return;
    let best = 3, kind = null;
    for (let r = 0; r < arm.rows.length; r += 5) {
      if (!shown.has(spec.kinds[arm.rows[r]].name)) continue;
      const away = Math.hypot(arm.rows[r + 1] - y, arm.rows[r + 2] - x);
      if (away < best) [best, kind] = [away, spec.kinds[arm.rows[r]]];
    }
    const matrix = arm.ground[i], parts = [];
    if (kind) parts.push(h("b", {}, kind.label));
    if (matrix <= 20) parts.push("marrow");
    if (matrix > 20) parts.push(`bone, ${Math.round((100 * arm.ground[n + i]) / 255)} % mineral`);
    const state = arm.ground[2 * n + i] & 3;
    if (state) parts.push(`${STATE[state]} surface`);
    if (arm.signal) {
      const f = arm.signal.factor, at = Math.floor(y / f) * arm.signal.width + Math.floor(x / f);
      parts.push(`${spec.signals[arm.signal.name]} ${round(arm.values[at])} pmol/L`);
    }
    tip.replaceChildren(...parts.flatMap((part, j) => (j ? [h("br"), part] : [part])), h("small", {}, "click: why?"));
    const stage = tip.parentElement.getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX - stage.left + 14, stage.width - 190)}px`;
    tip.style.top = `${Math.min(event.clientY - stage.top + 14, stage.height - 90)}px`;
    tip.hidden = false;
  }

  let frame = 0;
  function take(given, buffers) {
    if (given.since && given.since !== frame) {  // changes of a picture that this page does not hold
      model.send({ seen: true, whole: true });
      return;
    }
    frame = given.frame;
    news = given;
    arms = given.arms.map((head, i) => ({
      ...head, ground: given.since ? patched(arms[i].ground, buffers[3 * i]) : bytesOf(buffers[3 * i]).slice(), rows: copyOf(buffers[3 * i + 1], Int16Array),
      values: copyOf(buffers[3 * i + 2], Float32Array),
    }));
    const found = arms.filter((arm) => arm.signal);
    for (const arm of found) {
      // The range holds still until another signal is chosen, or it is left by far.
      const high = Math.max(...found.map((one) => one.signal.high), 1e-12);
      const top = tops[arm.signal.name];
      if (!top || high > 1.6 * top || high < top / 8) tops[arm.signal.name] = 1.25 * high;
    }
    for (const arm of found) arm.signal.top = tops[arm.signal.name];
    layOut();
    draw();
    if (pointed) hover(...pointed);
    window.boneFrames = ++drawn;
    model.send({ seen: true });
  }

  function draw() {
    colours ??= bonePalette(spec);
    arms.forEach((arm, i) => caption(arm, panes.children[i], i));
    if (inSpace) return;
    arms.forEach((arm, i) => paint(arm, panes.children[i], i));
    paintBar();
  }

  const compares = (index) => mode === "difference" && index > 0;
  function caption(arm, figure, index) {
    const told = status?.arms[index], title = told ? [told.title, ...differs(told)].join(", ") : "";
    const text = arms.length > 1 ? `${arm.name}  ${title}${compares(index) ? ", less and more than A" : ""}` : title;
    const line = figure.querySelector("figcaption");
    if (line.textContent !== text) line.textContent = text;
    line.style.setProperty("--ink", armInk(arm.name));
  }

  function paint(arm, figure, index) {
    const canvas = figure.querySelector("canvas");
    const box = canvas.getBoundingClientRect(), ratio = Math.min(window.devicePixelRatio || 1, 2);
    const size = Math.max(64, Math.round(Math.min(box.width || 500, 900) * ratio));
    const k = size / arm.width;
    if (canvas.width !== size) [canvas.width, canvas.height] = [size, Math.round(k * arm.height)];
    const pen = canvas.getContext("2d");
    pen.fillStyle = ink("--marrow");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingEnabled = true;
    const compare = compares(index);
    const inBone = arm.signal?.phase === "bone";
    const lay = () => {
      const s = arm.signal;
      pen.drawImage(asCanvas(signalImage(s, arm.values), `s${index}`), 0, 0, s.width * s.factor * k, s.height * s.factor * k);
    };
    if (arm.signal && !inBone && !compare) lay();
    const image = compare ? differenceImage(arm, arms[0], colours) : boneImage(arm, colours);
    pen.drawImage(asCanvas(image, `b${index}`), 0, 0, canvas.width, canvas.height);
    if (arm.signal && inBone && !compare) {
      pen.globalAlpha = 0.6;
      lay();
      pen.globalAlpha = 1;
    }
    if (!compare) {
      const found = cellsByKind(arm.rows, spec.kinds, arm.ground, arm.width, arm.height, k);
      paintCells(pen, found, spec.kinds, shown, k);
    }
    if (cursor) {
      pen.strokeStyle = ink("--text");
      pen.lineWidth = 2;
      pen.strokeRect((cursor[1] - 2) * k, (cursor[0] - 2) * k, 5 * k, 5 * k);
    }
    scaleBar(pen, canvas.height, k, news.voxel);
  }

  function paintBar() {
    const s = arms.find((arm) => arm.signal)?.signal;
    bar.hidden = !s || mode === "difference";
    if (!s) return;
    const label = `${round(s.top)} pmol/L`;
    if (bar.dataset.label === label) return;
    bar.dataset.label = label;
    bar.replaceChildren("0", h("i", { style: `background:linear-gradient(90deg,${VIRIDIS.join(",")})` }), label);
  }

  function tell(given) {
    status = given;
    busy.textContent = given.busy;
    busy.hidden = !given.busy;
    if (!given.arms.length) return;
    const titles = given.arms.map((arm) => [arm.title, ...differs(arm)].join()).join();
    if (titles !== named) {
      named = titles;
      draw();
    }
    spec.kinds.forEach((kind) => { kind.count.textContent = given.arms[0].cells[kind.name] ?? ""; });
    plane.max = given.planes - 1;
    if (deep !== given.planes > 1) {
      deep = given.planes > 1;
      turn(deep);
    }
    if (document.activeElement !== plane) plane.value = given.plane;
    if (document.activeElement !== signal) signal.value = given.signal;
    const cells = Object.entries(given.arms[0].cells).map(([name, n]) => `${n} ${name.replaceAll("_", " ")}`);
    for (const canvas of panes.querySelectorAll("canvas")) {
      canvas.setAttribute("aria-label", `Section of bone, ${when(given.day)}; ${cells.join(", ")}`);
    }
  }

  const fresh = () => { colours = null; icons(); draw(); };
  document.addEventListener("bone-theme", fresh);
  // The views in 3-D lie over the stage, below the names of the arms.
  const stage = panes.parentElement;
  const watcher = new ResizeObserver(() => {
    const box = stage.getBoundingClientRect(), view = (el.closest(".view") ?? el).getBoundingClientRect();
    const style = (el.closest(".bone-page") ?? document.body).style;
    style.setProperty("--stage-top", `${box.top - view.top}px`);
    style.setProperty("--stage-height", `${box.height}px`);
    draw();
  });
  watcher.observe(panes);
  icons();
  const stop = hear(model, { picture: take, status: tell });
  model.send({ seen: true });
  return () => {
    stop();
    watcher.disconnect();
    document.removeEventListener("bone-theme", fresh);
  };
}

export default { render };
