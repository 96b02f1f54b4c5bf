// The page: one index into the snapshots, and everything that shows or moves it.

const $ = (id) => document.getElementById(id);
const isVolume = run.shape[0] > 1;
const state = { index: 0, playing: false, hidden: new Set(), drawing: false, stale: true };
let charts = [], solid = null, first = null, loaded = -1;

function fail(text) {
  $("fault").textContent = text;
  $("fault").hidden = false;
}

function plane() {
  const axis = isVolume ? Number($("axis").value) : 0, deep = run.shape[axis];
  const at = Number($("at").value) || 0.5;
  return { axis, plane: Math.min(deep - 1, Math.floor((axis === 1 ? at : 1 - at) * deep)) };
}

async function draw() {
  if (state.drawing) { state.stale = true; return; }
  state.drawing = true;
  try {
    do {
      state.stale = false;
      await drawOnce(state.index);
    } while (state.stale);
  } catch (error) {
    fail(`This run cannot be shown: ${error.message}`);
    throw error;
  } finally {
    state.drawing = false;
  }
}

async function drawOnce(index) {
  const frame = await frameAt(index), way = $("way").value, day = run.days[index];
  first ??= { matter: (await frameAt(0)).matter.slice() };
  if (way === "solid") drawSolid(frame, index);
  else drawPlane($("flat"), frame, { way, ...plane(), before: first, day, hidden: state.hidden });
  tell(index);
  document.body.dataset.shown = index;
}

function drawSolid(frame, index) {
  solid.view.cut = { axis: Number($("axis").value), at: Number($("at").value) };
  if (loaded !== index) {
    const { matrix, tint } = volumeOf(frame);
    solid.view.load(run.shape, matrix, tint);
    loaded = index;
  }
  solid.view.place(placesOf(frame, state.hidden));
  solid.ask();
}

function tell(index) {
  $("when").textContent = run.when[index];
  $("day").value = index;
  $("day").setAttribute("aria-valuetext", run.when[index]);
  run.kinds.forEach((kind, n) => { kind.counter.textContent = kind.counts[index]; });
  for (const chart of charts) chart.show(run.days[index]);
  const cells = run.kinds.filter((kind) => kind.counts[index]);
  const label = `The bone in ${run.when[index]}: `
    + cells.map((kind) => `${kind.counts[index]} of ${kind.label}`).join(", ");
  for (const id of ["flat", "solid"]) $(id).setAttribute("aria-label", label);
}

function go(index) {
  state.index = Math.min(run.days.length - 1, Math.max(0, index));
  draw();
}

function goToDay(day) {
  const far = run.days.map((other) => Math.abs(other - day));
  go(far.indexOf(Math.min(...far)));
}

let due = 0;
function play(on) {
  state.playing = on;
  $("play").textContent = on ? "❚❚ Pause" : "▶ Play";
  $("play").setAttribute("aria-pressed", on);
  if (!on) return;
  if (state.index === run.days.length - 1) go(0);
  due = performance.now();
  requestAnimationFrame(tick);
}

function tick(now) {
  if (!state.playing) return;
  if (now >= due && !state.drawing) {
    due = Math.max(due + 1000 / Number($("speed").value), now - 100);
    go(state.index + 1);
    if (state.index === run.days.length - 1) { play(false); return; }
  }
  requestAnimationFrame(tick);
}

function layOut() {
  const way = $("way").value, isSolid = way === "solid";
  $("flat").hidden = isSolid;
  $("solid").hidden = !isSolid;
  draw();
}

function makeSolid() {
  if (!isVolume) return false;
  const colours = { young: "reliefYoung", old: "reliefOld", osteoid: "osteoid", eroded: "eroded" };
  for (const [name, from] of Object.entries(colours)) colours[name] = COLOURS[from].map((n) => n / 255);
  const looks = run.kinds.map((kind) => ({ colour: rgb(kind.colour).map((n) => n / 255), size: kind.size }));
  const view = boneView($("solid"), colours, looks), camera = { ...FRONT };
  if (!view || Math.max(...run.shape) > view.largest) return false;
  const redraw = redrawing($("solid"), (share) => view.draw(camera, share));
  turnable($("solid"), camera, redraw.ask);
  solid = { view, ask: redraw.renew };
  return true;
}

function makeLegend() {
  for (const [label, colour] of [["mineralised bone, young", run.colours.young], ["old", run.colours.old],
    ["osteoid", run.colours.osteoid], ...run.colours.states]) {
    const patch = tagged("i");
    patch.style.background = colour;
    $("legend").append(tagged("span", {}, patch, label));
  }
  run.kinds.forEach((kind, n) => {
    const box = tagged("input", { type: "checkbox" }), key = document.createElement("canvas");
    [key.width, key.height] = [26, 26];
    key.style.cssText = "width:13px;height:13px";
    drawCell(key.getContext("2d"), kind, 13, 13, 10 / kind.size);
    kind.counter = tagged("b");
    box.checked = !state.hidden.has(n);
    box.addEventListener("change", () => {
      state.hidden[box.checked ? "delete" : "add"](n);
      draw();
    });
    $("legend").append(tagged("label", {}, box, key, kind.label, kind.counter));
  });
}

function makeCharts() {
  const all = run.charts.flatMap((chart) => chart.curves.flatMap((curve) => curve.days));
  const days = [run.days[0], run.days.at(-1)];
  for (const day of all) [days[0], days[1]] = [Math.min(days[0], day), Math.max(days[1], day)];
  let group = "";
  for (const chart of run.charts) {
    if (chart.group !== group) $("charts").append(tagged("h2", {}, group = chart.group));
    const found = chartOf(chart, days, goToDay);
    $("charts").append(found.root);
    charts.push(found);
  }
}

function listen() {
  $("play").addEventListener("click", () => play(!state.playing));
  $("day").addEventListener("input", () => { play(false); go(Number($("day").value)); });
  for (const id of ["axis", "at"]) $(id).addEventListener("input", draw);
  $("way").addEventListener("change", layOut);
  window.addEventListener("resize", draw);
  $("theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
    document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  });
  const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -12, PageDown: 12, Home: -1e9, End: 1e9 };
  document.addEventListener("keydown", (event) => {
    const own = event.target.closest?.("input[type=range], select, summary, #solid, button, input");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && !event.target.closest?.("button, select, summary, input[type=checkbox]")) play(!state.playing);
    else if (event.key in moves && !own) { play(false); go(state.index + moves[event.key]); }
    else return;
    event.preventDefault();
  });
}

function begin() {
  if (!("DecompressionStream" in window)) {
    fail("This browser is too old to unpack the run; any of the last three years' will do.");
    return;
  }
  $("title").textContent = run.title;
  $("about").textContent = run.about;
  for (const [name, value] of run.facts)
    $("facts").append(tagged("div", {}, tagged("dt", {}, name), tagged("dd", {}, value)));
  if (run.failed) fail("This run failed its audit of itself: do not use its numbers.");
  $("day").max = run.days.length - 1;
  const fat = run.kinds.findIndex((kind) => kind.label === "adipocyte");
  if (isVolume && fat >= 0) state.hidden.add(fat);
  const turns = makeSolid();
  if (!turns) $("way").querySelector("[value=solid]").remove();
  for (const part of document.querySelectorAll(".volume")) part.hidden = !isVolume;
  if (isVolume && !turns) fail("This browser has no WebGL2, so the volume is shown as slices only.");
  if (turns) $("way").value = "solid";
  makeLegend();
  makeCharts();
  listen();
  const story = run.days.findIndex((day) => day >= 0);
  state.index = Math.max(0, story);
  layOut();
}

begin();
