// Why: rows of what is there and sensed, and what the cell may do next.

function render({ model, el }) {
  const { labels, signals, works } = model.get("spec");
  const body = h("div", { class: "why", "aria-live": "polite" },
    h("h2", {}, "Why?"), h("p", { class: "quiet" }, "Click a cell or a place in the bone: what it is, what it senses, what it will do next, and on whose word. With the keyboard: focus the picture, move with the arrows, press Enter."));
  el.append(body);
  const rows = (list) => h("dl", {}, list.flatMap(([name, value, unit]) => [
    h("dt", {}, signals[name] ?? name), h("dd", {}, typeof value === "string" ? value : `${round(value)} ${unit}`)]));
  const chance = (p) => (p >= 0.995 ? "almost surely today" : p < 0.0005 ? `${round(100 * p, 2)} % a day` : `${round(100 * p, 2)} % a day, in about ${round(1 / Math.max(p, 1e-9), 2)} days`);
  const source = (key) => h("span", { title: works[key]?.title ?? `row ${key} of the science basis` }, works[key]?.short ?? "science basis");

  function fate(one) {
    const acts = one.mechanisms.map((m) => h("li", { class: m.off ? "off" : "" }, h("code", {}, m.id), ` ${m.title}`, m.off ? " (switched off)" : "", " ", h("span", { class: "quiet" }, source(m.source))));
    const factor = Math.abs(one.factor - 1) > 0.005 ? h("p", { class: "quiet" }, `Today's hormones, drugs and age make its value ${round(one.factor, 3)} times the usual.`) : null;
    return h("div", { class: "fate", "data-name": one.name }, h("div", { class: "bar", style: `--p:${Math.min(100, 100 * Math.sqrt(one.chance))}%` }),
      h("p", {}, h("b", {}, one.told)), h("p", {}, chance(one.chance), h("span", { class: "quiet" }, `  hazard ${round(one.hazard)} 1/d`)), factor,
      acts.length ? h("ul", {}, acts) : null,
      h("p", { class: "quiet" }, `${one.name}: ${one.doc}. `, source(one.source), `, ${one.evidence}`));
  }

  return hear(model, { why(news) {
    const cell = news.cell, age = cell && (cell.age > 700 ? `${round(cell.age / 365.25, 2)} years` : `${Math.round(cell.age)} days`);
    body.replaceChildren(
      h("h2", {}, cell ? `A${/^[aeiou]/.test(labels[cell.kind] ?? "") ? "n" : ""} ${labels[cell.kind] ?? cell.kind}` : "No cell here"),
      cell ? h("p", {}, cell.about, ` It has been one for ${age}.`) : h("p", { class: "quiet" }, "What is at this place:"),
      ...(cell?.traits.length ? [rows(cell.traits)] : []),
      ...(cell ? [h("h3", {}, "What it may do next"), ...(cell.fates.length ? cell.fates.map(fate) : [h("p", {}, "It waits.")])] : []),
      h("h3", {}, "What reaches it"), rows(news.senses), h("h3", {}, "The place"), rows(news.ground),
      h("p", { class: "quiet" }, `arm ${news.arm}, voxel ${[...news.place].reverse().join(", ")}${cell ? `, cell ${cell.id}` : ""}, ${when(news.day)}`));
  } });
}

export default { render };
