// Parameters: search, change within the range that the source supports, reset.

function workTitle(works, key) {
  return works[key] ? `${works[key].short}: ${works[key].title}` : key;
}

function render({ model, el }) {
  const { parameters, works, titles } = model.get("spec");
  const byName = new Map(parameters.map((one) => [one.name, one]));
  let news = null, key = "", draft = {}, now = {};
  const search = h("input", { type: "search", placeholder: "Search: apoptosis, RANKL, Eriksen, assumed …", "aria-label": "Search parameters", oninput: () => list() });
  const count = h("span", { class: "quiet" });
  const body = h("div", { class: "values" });
  const bar = applyBar(model, { change: () => ({ set: { ...draft } }), clear: () => { draft = {}; list(); }, none: "Values within the range that the source supports." });
  el.append(h("div", {}, h("div", { class: "find" }, search, count), body, bar));
  const usual = (one) => (news?.arms[0]?.bone.shape[0] > 1 ? one.value : one.section);
  const value = (one) => draft[one.name] ?? now[one.name] ?? usual(one);

  function row(one) {
    const box = h("input", { type: "number", value: value(one), min: one.low, max: one.high, step: "any", "aria-label": one.name });
    const slide = h("input", { type: "range", min: one.low, max: one.high, step: (one.high - one.low) / 200, value: value(one), "aria-label": `${one.name}, slider` });
    const reset = h("button", { class: "plain", title: `Back to ${usual(one)}`, "aria-label": `Reset ${one.name}` }, "↺");
    const put = (v) => {
      const good = Number.isFinite(v) && v >= one.low && v <= one.high;
      box.setAttribute("aria-invalid", !good);
      if (!good) return;
      if (v === (now[one.name] ?? usual(one))) delete draft[one.name]; else draft[one.name] = v;
      slide.value = v;
      if (document.activeElement !== box) box.value = v;
      mark();
    };
    const mark = () => {
      line.classList.toggle("changed", one.name in draft);
      line.classList.toggle("unusual", value(one) !== usual(one));
      bar.update(news, Object.keys(draft).length);
    };
    box.addEventListener("input", () => put(Number(box.value)));
    slide.addEventListener("input", () => { box.value = Number(Number(slide.value).toPrecision(4)); put(Number(box.value)); });
    reset.addEventListener("click", () => { box.value = usual(one); put(usual(one)); });
    const line = h("div", { class: "value", "data-name": one.name },
      h("div", { class: "name" }, h("b", {}, one.name.split(".")[1].replaceAll("_", " ")), h("span", { class: `grade ${one.evidence}`, title: "how well it is known" }, one.evidence)),
      h("div", { class: "entry" }, box, h("span", { class: "unit" }, one.unit === "1" ? "" : one.unit), slide, reset),
      h("p", { class: "quiet" }, `${one.doc}. Range ${round(one.low)} to ${round(one.high)}. `, h("span", { title: workTitle(works, one.source) }, works[one.source]?.short ?? `science basis ${one.source}`), one.context ? `, ${one.context}` : "", one.first ? " Shapes the first day: can be changed only before the run begins." : ""));
    mark();
    return line;
  }

  function list() {
    if (!news) return;
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = parameters.filter((one) => {
      const text = `${one.name.replaceAll("_", " ")} ${one.name} ${one.doc} ${one.source} ${one.evidence} ${works[one.source]?.short ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    count.textContent = `${found.length} of ${parameters.length}`;
    const open = words.length > 0 && found.length < 40;
    const groups = new Map();
    for (const one of found) {
      const part = one.name.split(".")[0];
      groups.set(part, [...(groups.get(part) ?? []), one]);
    }
    body.replaceChildren(...[...groups].map(([part, ones]) => {
      const changed = ones.filter((one) => value(one) !== usual(one)).length;
      const box = h("details", { class: "card", open: open || groups.size === 1 },
        h("summary", {}, titles[part] ?? part.replaceAll("_", " "), h("span", { class: "quiet" }, ` ${ones.length}${changed ? `, ${changed} changed` : ""}`)));
      const fill = () => { if (box.open && box.children.length === 1) box.append(...ones.map(row)); };
      box.addEventListener("toggle", fill);
      fill();
      return box;
    }));
  }

  return hear(model, { status(given) {
    const late = !news;
    news = given;
    if (!news.arms.length) return;
    const arm = news.arms[Math.min(bar.arm(), news.arms.length - 1)];
    const fresh = JSON.stringify([arm.set, arm.bone.shape[0] > 1, bar.arm()]);
    if (late || fresh !== key) {
      key = fresh;
      now = arm.set;
      for (const name of Object.keys(draft)) if (!byName.has(name) || now[name] === draft[name]) delete draft[name];
      list();
    }
    bar.update(news, Object.keys(draft).length);
  } });
}

export default { render };
