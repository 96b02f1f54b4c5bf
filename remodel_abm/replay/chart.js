// Courses as SVG: few points, a thin line at the day shown, its values in the caption.

const YEAR = 365.25;
const WIDE = 300, HIGH = 118, LEFT = 36, RIGHT = 8, TOP = 6, FOOT = 16;

function made(name, given = {}, ...inside) {
  const found = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(given)) found.setAttribute(key, value);
  found.append(...inside);
  return found;
}

function tagged(name, given = {}, ...inside) {
  const found = document.createElement(name);
  for (const [key, value] of Object.entries(given)) found.setAttribute(key, value);
  found.append(...inside);
  return found;
}

function ticks(low, high, count) {
  const raw = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw * 0.999);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(i * step);
  return found;
}

const said = (value) => Number(value.toPrecision(3)).toString().replace("-", "−");

function valueAt(curve, day) {
  let low = 0, high = curve.days.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (curve.days[middle] <= day) low = middle; else high = middle - 1;
  }
  return curve.days[low] > day + 45 ? NaN : curve.values[low];
}

/** Build a chart; returns {root, show(day)}. `go` is called with a day that was clicked. */
function chartOf(chart, days, go) {
  const values = chart.curves.flatMap((curve) => curve.values);
  let low = Math.min(...values), high = Math.max(...values);
  if (chart.zero) low = Math.min(low, 0);
  if (chart.relative) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
  if (high - low < 1e-9) [low, high] = [low - 1, high + 1];
  const x = (day) => LEFT + (WIDE - LEFT - RIGHT) * (day - days[0]) / Math.max(days[1] - days[0], 1);
  const y = (value) => TOP + (HIGH - TOP - FOOT) * (high - value) / (high - low);
  const svg = made("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img" });
  if (days[0] < 0)
    svg.append(made("rect", { class: "settling", x: x(days[0]), y: TOP, width: x(Math.min(0, days[1])) - x(days[0]),
      height: HIGH - TOP - FOOT }, made("title", {}, "settling in, before the story begins")));
  for (const value of ticks(low, high, 3)) {
    svg.append(made("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: y(value), y2: y(value) }));
    svg.append(made("text", { x: LEFT - 4, y: y(value) + 3.5, "text-anchor": "end" }, said(value)));
  }
  for (const year of ticks(days[0] / YEAR, days[1] / YEAR, 5))
    svg.append(made("text", { x: x(year * YEAR), y: HIGH - 4, "text-anchor": "middle" }, `${said(year)} y`));
  for (const curve of chart.curves) svg.append(lineOf(curve, x, y));
  const cursor = made("line", { class: "cursor", y1: TOP, y2: HIGH - FOOT });
  svg.append(cursor);
  const caption = tagged("figcaption");
  const read = chart.curves.map((curve) => {
    const value = tagged("b"), black = curve.colour === "#000000" ? "black" : "";
    const name = tagged("span", { title: curve.doc, class: black }, `${curve.symbol} `, value);
    name.prepend(keyOf(curve));
    caption.append(name);
    return value;
  });
  caption.append(tagged("em", {}, chart.unit));
  const point = (event) => {
    const box = svg.getBoundingClientRect();
    const share = ((event.clientX - box.left) / box.width * WIDE - LEFT) / (WIDE - LEFT - RIGHT);
    go(days[0] + Math.min(1, Math.max(0, share)) * (days[1] - days[0]));
  };
  svg.addEventListener("pointerdown", point);
  svg.addEventListener("pointermove", (event) => { if (event.buttons) point(event); });
  const names = chart.curves.map((curve) => curve.symbol).join(", ");
  const show = (day) => {
    cursor.setAttribute("x1", x(day));
    cursor.setAttribute("x2", x(day));
    const found = chart.curves.map((curve) => valueAt(curve, day));
    found.forEach((value, i) => { read[i].textContent = Number.isNaN(value) ? "" : said(value); });
    svg.setAttribute("aria-label", `${names}: ${found.map(said).join(", ")} ${chart.unit}`);
  };
  return { root: tagged("figure", {}, caption, svg), show };
}

function keyOf(curve) {
  const box = made("svg", { viewBox: "0 0 14 10", width: 14, height: 10, style: "display:inline;cursor:auto" });
  box.append(made("path", { d: "M0 6H14", stroke: ink(curve), "stroke-width": 2.5 }));
  return box;
}

const ink = (curve) => (curve.colour === "#000000" ? "var(--fore)" : curve.colour);

function lineOf(curve, x, y) {
  const points = curve.days.map((day, i) => [x(day).toFixed(1), y(curve.values[i]).toFixed(1)]);
  const path = points.map(([a, b], i) => (i && curve.steps ? `H${a}V${b}` : `${i ? "L" : "M"}${a} ${b}`));
  return made("path", { d: path.join(""), fill: "none", stroke: ink(curve), "stroke-width": 1.6,
    "stroke-linejoin": "round" });
}
