// A chart in SVG: a line an arm and reading, a cursor on today, a read-out under the pointer.

const W = 300, H = 112, PAD = { l: 40, r: 8, t: 6, b: 17 };

function ticks(low, high, count) {
  const span = high - low || 1, raw = span / count, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((s) => s >= raw);
  const found = [];
  for (let v = Math.ceil(low / step) * step; v <= high + 1e-9 * span; v += step) found.push(Math.abs(v) < 1e-12 ? 0 : v);
  return found;
}

// As many digits as set neighbouring ticks apart.
function tickText(value, span) {
  const digits = Math.ceil(Math.log10(Math.abs(value) / span + 1)) + 1;
  return round(value, Math.max(3, Math.min(7, digits + 1)));
}

const DASH = ["", "5 3", "1.5 3"];

function chart(spec, readings) {
  const known = spec.names.filter((name) => readings[name]);
  const unit = readings[known[0]]?.unit ?? "";
  const symbols = known.map((name) => readings[name].symbol).filter((symbol) => symbol !== spec.title);
  const named = [...symbols, unit.replaceAll("um", "µm").replaceAll("2", "²").replaceAll("3", "³")].filter(Boolean).join(", ");
  const svg = h("svg@svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": spec.title });
  const now = h("span", { class: "now" });
  const box = h("figure", { class: "chart", "data-key": spec.key, title: spec.told },
    h("figcaption", { "data-title": [spec.title, named].filter(Boolean).join(" ") }, h("b", {}, spec.title), h("span", { class: "quiet" }, ` ${named}`), now),
    svg, h("p", { class: "told" }, spec.told));
  let curves = [], view = null;

  function draw(arms) {
    curves = arms.flatMap((arm) => arm.curves.filter((curve) => spec.names.includes(curve.name))
      .map((curve) => ({ ...curve, arm: arm.name })));
    const xs = curves.flatMap((c) => [c.days[0], c.days.at(-1)]).filter((v) => v !== undefined);
    if (!xs.length) {
      svg.replaceChildren(h("text@svg", { x: W / 2, y: H / 2, class: "empty", "text-anchor": "middle" }, "not read yet"));
      return;
    }
    let low = Infinity, high = -Infinity;
    for (const c of curves) for (const v of c.values) { low = Math.min(low, v); high = Math.max(high, v); }
    const room = 0.08 * (high - low) || Math.abs(high) * 0.05 || 0.5;
    [low, high] = [low >= 0 && low < 0.5 * high ? 0 : low - room, high + room];
    const x0 = Math.min(...xs), x1 = Math.max(...xs, x0 + 30);
    const X = (d) => PAD.l + ((d - x0) / (x1 - x0)) * (W - PAD.l - PAD.r);
    const Y = (v) => H - PAD.b - ((v - low) / (high - low)) * (H - PAD.t - PAD.b);
    view = { x0, x1, X };
    const parts = ticks(low, high, 3).flatMap((v) => [
      h("line@svg", { x1: PAD.l, x2: W - PAD.r, y1: Y(v), y2: Y(v), class: "grid" }),
      h("text@svg", { x: PAD.l - 5, y: Y(v) + 3.5, "text-anchor": "end" }, tickText(v, high - low))]);
    const years = ticks(x0 / 365.25, x1 / 365.25, 4);
    parts.push(...years.map((v) => h("text@svg", { x: Math.min(X(v * 365.25), W - 14), y: H - 5, "text-anchor": "middle" }, `${round(v)} yr`)));
    if (x0 < 0) parts.push(h("rect@svg", { x: PAD.l, y: PAD.t, width: Math.max(0, X(Math.min(0, x1)) - PAD.l), height: H - PAD.t - PAD.b, class: "settling" }));
    const many = arms.length > 1;
    for (const c of curves) {
      const path = Array.from(c.days, (d, i) => `${i ? "L" : "M"}${X(d).toFixed(1)} ${Y(c.values[i]).toFixed(1)}`).join("");
      const order = spec.names.indexOf(c.name);
      const colour = many || spec.names.length < 2 ? armInk(c.arm) : ink(`--line-${spec.key === "turnover" || spec.key === "surfaces" || spec.key === "depth" ? ["resorb", "form"][order] : order}`);
      parts.push(h("path@svg", { d: path, fill: "none", stroke: colour, "stroke-width": 1.7, "stroke-linejoin": "round", "stroke-dasharray": many ? DASH[order] : "" }));
      c.colour = colour;
    }
    const today = arms[0].day;
    if (today >= x0) parts.push(h("line@svg", { x1: X(Math.min(today, x1)), x2: X(Math.min(today, x1)), y1: PAD.t, y2: H - PAD.b, class: "today" }));
    svg.replaceChildren(...parts);
    box.dataset.today = today;
    read(today);
  }

  function read(day) {
    const parts = curves.filter((c) => c.days.length).map((c) => {
      let at = c.days.findIndex((d) => d > day + 0.5);
      at = at < 0 ? c.days.length - 1 : Math.max(0, at - 1);
      const one = new Set(curves.map((curve) => curve.arm)).size < 2;
      const name = spec.names.length > 1 && one ? `${readings[c.name].symbol} ` : "";
      return h("span", { style: `color:${c.colour}`, "data-arm": c.arm, "data-name": c.name, "data-symbol": readings[c.name].symbol, "data-value": c.values[at] }, `${name}${round(c.values[at])}`);
    });
    // One after the other; the readings of an arm are parted by a stroke.
    now.replaceChildren(...parts.flatMap((part, i) => (i && parts[i - 1].dataset.arm === part.dataset.arm && !part.textContent.includes(" ") ? ["/", part] : [part])));
    svg.setAttribute("aria-label", `${spec.title}: ${parts.map((p) => p.textContent).join(", ")} ${unit}`);
  }

  svg.addEventListener("pointermove", (event) => {
    if (!view) return;
    const at = svg.getBoundingClientRect(), x = ((event.clientX - at.left) / at.width) * W;
    read(view.x0 + ((x - PAD.l) / (W - PAD.l - PAD.r)) * (view.x1 - view.x0));
  });
  svg.addEventListener("pointerleave", () => box.redraw?.());
  return { box, draw, known: known.length };
}

// The curves of all arms as the server sends them.
function courseArms(news, buffers) {
  let at = 0;
  return news.arms.map((arm) => ({ ...arm, curves: arm.curves.map((curve) => {
    const both = copyOf(buffers[at++], Float32Array);
    return { ...curve, days: both.subarray(0, curve.points), values: both.subarray(curve.points) };
  }) }));
}

// What the curves of all other arms differ from those of the first, on the same days.
function differences(arms) {
  const [first, ...others] = arms;
  const at = ({ days, values }, day) => {
    let low = 0, high = days.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (days[middle] < day - 0.01) low = middle + 1; else high = middle;
    }
    const before = Math.max(0, low - 1), span = days[low] - days[before];
    const share = span > 0 ? Math.min(1, (day - days[before]) / span) : 1;
    return values[before] + (values[low] - values[before]) * share;
  };
  return others.map((arm) => ({ ...arm, curves: arm.curves.map((curve) => {
    const base = first.curves.find((one) => one.name === curve.name);
    const good = base?.days.length > 0;
    return { ...curve, days: good ? curve.days : curve.days.subarray(0, 0),
      values: good ? curve.values.map((value, i) => value - at(base, curve.days[i])) : curve.values };
  }) }));
}
