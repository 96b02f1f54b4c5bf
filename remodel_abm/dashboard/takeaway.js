// Files: made by the server or, for pictures of what is on screen, here.

function save(name, blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
}

// A chart as a file of its own: what the style sheet gives is written into it.
function chartFile(svg) {
  const copy = svg.cloneNode(true), from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const style = getComputedStyle(node);
    for (const key of ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "opacity"]) to[i].style[key] = style[key];
  });
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("style", `background:${ink("--sheet")}`);
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

function asPng(svg, done) {
  const image = new Image(), url = URL.createObjectURL(chartFile(svg)), box = svg.viewBox.baseVal;
  image.onload = () => {
    const canvas = h("canvas", { width: box.width * 4, height: box.height * 4 });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(url);
    canvas.toBlob(done);
  };
  image.src = url;
}

function render({ model, el }) {
  const arm = h("select", { "aria-label": "Arm to take away" });
  const note = h("p", { class: "quiet", role: "status" });
  const ask = (make, label, told) => h("div", { class: "take" }, h("button", { class: "plain", onclick: () => {
    note.textContent = `Making ${label} …`;
    model.send({ make, arm: Number(arm.value || 0) });
  } }, label), h("span", { class: "quiet" }, told));
  const view = () => document.querySelector(`.panes canvas[data-arm="${arm.value || 0}"]`);
  const which = h("select", { "aria-label": "Chart to take away" });
  const charts = () => [...document.querySelectorAll(".tab-charts .chart, .tab-story .chart")].filter((box) => box.querySelector("path"));
  const list = () => {
    const found = new Map(charts().map((box) => [box.dataset.key, box.querySelector("b").textContent]));
    which.replaceChildren(...[...found].map(([key, title]) => h("option", { value: key }, title)));
  };
  const chosen = () => {
    if (!which.options.length) list();
    const found = charts().find((box) => box.dataset.key === which.value)?.querySelector("svg");
    if (!found) note.textContent = "No chart is drawn yet; live some days first.";
    return found;
  };
  const png = h("button", { class: "plain", onclick: () => view()?.toBlob((blob) => save("bone.png", blob)) }, "Picture, PNG");
  const chartSvg = h("button", { class: "plain", onclick: () => { const s = chosen(); if (s) save(`${which.value}.svg`, chartFile(s)); } }, "Chart, SVG");
  const chartPng = h("button", { class: "plain", onclick: () => { const s = chosen(); if (s) asPng(s, (blob) => save(`${which.value}.png`, blob)); } }, "Chart, PNG");
  el.append(h("div", { class: "takes" }, h("h2", {}, "Take away"),
    h("label", { class: "pair" }, h("span", {}, "Arm"), arm),
    h("section", { class: "card" }, h("h3", {}, "Try it again"),
      ask("scenario", "Scenario file", "all that is on screen; remodel-abm run FILE lives it to the same bytes"),
      ask("replay", "Replay file", "one HTML page with slider and charts, up to today; opens without a network")),
    h("section", { class: "card" }, h("h3", {}, "Look at it elsewhere"),
      h("div", { class: "take" }, png, h("span", { class: "quiet" }, "the bone as it is drawn now")),
      ask("gif", "Film, GIF", "from the first day to today; takes some seconds"),
      h("div", { class: "take" }, which, chartSvg, chartPng)),
    h("section", { class: "card" }, h("h3", {}, "Reckon with it"),
      ask("csv", "Table, CSV", "every reading of every day")), note));
  const onTab = (event) => { if (event.detail === "take") setTimeout(list, 50); };
  document.addEventListener("bone-tab", onTab);
  const stop = hear(model, {
    status(news) {
      if (!which.options.length) list();
      if (arm.options.length !== news.arms.length) arm.replaceChildren(...news.arms.map((one, i) => h("option", { value: i }, `${one.name}  ${one.title}`)));
    },
    made() { note.textContent = ""; },
    file({ name, type }, buffers) { save(name, new Blob([bytesOf(buffers[0])], { type })); note.textContent = `Saved ${name}.`; },
  });
  return () => { stop(); document.removeEventListener("bone-tab", onTab); };
}

export default { render };
