// Mechanisms as switches, by the part they belong to.

function workOf(works, key) {
  const work = works[key];
  if (!work) return h("span", { class: "quiet", title: `row ${key} of the science basis` }, "science basis");
  const told = { class: "quiet", title: work.title };
  return work.doi ? h("a", { ...told, href: `https://doi.org/${work.doi}`, target: "_blank", rel: "noreferrer" }, work.short) : h("span", told, work.short);
}

function render({ model, el }) {
  const { mechanisms, works, titles } = model.get("spec");
  let news = null, draft = null, key = "";
  const bar = applyBar(model, { change: () => ({ off: [...draft].sort() }), clear: () => { key = ""; }, none: "Turn a mechanism off to see what it does." });
  const boxes = new Map();
  const parts = [...new Set(mechanisms.map((one) => one.part))];
  const groups = parts.map((part) => h("section", { class: "card" }, h("h3", {}, titles[part] ?? part.replaceAll("_", " ")),
    mechanisms.filter((one) => one.part === part).map((one) => {
      const box = h("input", { type: "checkbox", role: "switch", "aria-label": one.title, onchange: () => {
        if (box.checked) draft.delete(one.id); else draft.add(one.id);
        update();
      } });
      boxes.set(one.id, box);
      return h("label", { class: "switch", "data-id": one.id }, box, h("span", {}, one.title), h("code", {}, one.id), workOf(works, one.source));
    })));
  el.append(h("div", { class: "switches" }, h("p", { class: "quiet" },
    "Each is one way in which something acts on the cells. Off, its effect is taken away and nothing else; two arms then show what it was worth."), groups, bar));
  const current = () => news.arms[Math.min(bar.arm(), news.arms.length - 1)].off;
  function update() {
    for (const [id, box] of boxes) box.checked = !draft.has(id);
    const now = new Set(current());
    bar.update(news, mechanisms.filter((one) => now.has(one.id) !== draft.has(one.id)).length);
  }
  return hear(model, { status(given) {
    news = given;
    if (!news.arms.length) return;
    const fresh = JSON.stringify([current(), bar.arm()]);
    if (fresh !== key) {
      key = fresh;
      draft = new Set(current());
    }
    update();
  } });
}

export default { render };
