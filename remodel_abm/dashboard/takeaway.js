// Files: made by the server or, for pictures of what is on screen, here.

function save(name, blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
}

function render({ model, el }) {
  const { tabs } = model.get("spec");
  const arm = h("select", { "aria-label": "Arm to take away" });
  const note = h("p", { class: "quiet", role: "status" });
  const ask = (make, label, told) => h("div", { class: "take" }, h("button", { class: "plain", onclick: () => {
    note.textContent = `Making ${label} …`;
    model.send({ make, arm: Number(arm.value || 0) });
  } }, label), h("span", { class: "quiet" }, told));

  const page = () => el.closest(".bone-page") ?? document.body;
  const charts = () => [...page().querySelectorAll(".tab-charts .chart")];
  const which = h("select", { "aria-label": "Panel to take away" });
  const solid = () => page().dataset.solid === "on";
  function list() {
    const kept = which.value;
    const group = (label, choices) => h("optgroup", { label }, choices.map(([value, title]) => h("option", { value }, title)));
    which.replaceChildren(
      group("Bone", [["bone", "the bone as it is drawn"], ["view", "the bone with its legend"]]),
      group("Curves", [["estrogen", "estrogen"], ...charts().map((box) => [`chart:${box.dataset.key}`, box.querySelector("b").textContent])]),
      group("Panels", Object.entries(tabs).map(([name, label]) => [`tab:${name}`, label])));
    which.value = kept || "bone";
  }

  // What tells the lines of a chart apart: arms, or else readings.
  function keysOf(box) {
    const lines = [...box.querySelectorAll(".now span")].map((one) => ({ arm: one.dataset.arm, symbol: one.dataset.symbol, colour: one.style.color }));
    const many = new Set(lines.map((one) => one.arm)).size > 1, key = many ? "arm" : "symbol";
    const first = lines.filter((one, i) => lines.findIndex((other) => other[key] === one[key]) === i);
    return first.length > 1 ? first.map((one) => ({ text: many ? `arm ${one.arm}` : one.symbol, colour: one.colour })) : [];
  }

  // What is chosen, as a drawing in SVG with its size.
  async function chosen() {
    const [kind, name] = which.value.split(":");
    if (kind === "bone") {
      const at = Number(arm.value || 0);
      return pictureFile(page().querySelectorAll(solid() ? ".solid canvas" : ".panes canvas")[at]);
    }
    if (kind === "view") return panelFile(page().querySelector(solid() ? ".view > .solid" : ".tissue"), page().querySelector(".view").offsetWidth);
    if (kind === "estrogen") return drawingFile(page().querySelector(".estrogen svg"));
    if (kind === "chart") {
      const box = charts().find((one) => one.dataset.key === name);
      box.redraw(true);
      return box.querySelector("path") ? drawingFile(box.querySelector("svg"), box.querySelector("figcaption").dataset.title, keysOf(box)) : null;
    }
    const panel = page().querySelector(`.side.tab-${name}`);
    panel.querySelector(".chart")?.redraw?.(true);
    return panelFile(panel, page().querySelector(".sides").offsetWidth);
  }
  const put = (ending) => async () => {
    const file = await chosen(), name = `${which.value.replace(/^\w+:/, "")}.${ending}`;
    if (!file) { note.textContent = "There is nothing in it yet; live some days first."; return; }
    const times = which.value === "bone" ? 1 : which.value.startsWith("tab") || which.value === "view" ? 2 : 4;
    save(name, ending === "svg" ? file.blob : await inPixels(file, times));
    note.textContent = `Saved ${name}.`;
  };

  el.append(h("div", { class: "takes" }, h("h2", {}, "Take away"),
    h("label", { class: "pair" }, h("span", {}, "Arm"), arm),
    h("section", { class: "card" }, h("h3", {}, "Try it again"),
      ask("scenario", "Scenario file", "all that is on screen; remodel-abm run FILE lives it to the same bytes"),
      ask("replay", "Replay file", "one HTML page with slider and charts, up to today; opens without a network")),
    h("section", { class: "card" }, h("h3", {}, "Look at it elsewhere"),
      h("div", { class: "take panel-file" }, which, h("button", { class: "plain", onclick: put("png") }, "PNG"), h("button", { class: "plain", onclick: put("svg") }, "SVG")),
      ask("gif", "Film, GIF", "from the first day to today; takes some seconds")),
    h("section", { class: "card" }, h("h3", {}, "Calculate with it"),
      ask("csv", "Table, CSV", "every reading of every day")), note));
  which.addEventListener("pointerdown", list);
  which.addEventListener("focus", list);
  const stop = hear(model, {
    status(news) {
      if (which.options.length < 25) list();
      if (arm.options.length !== news.arms.length) arm.replaceChildren(...news.arms.map((one, i) => h("option", { value: i }, `${one.name}  ${one.title}`)));
    },
    made() { note.textContent = ""; },
    file({ name, type }, buffers) { save(name, new Blob([bytesOf(buffers[0])], { type })); note.textContent = `Saved ${name}.`; },
  });
  return stop;
}

export default { render };
