// The slide: ask for a biopsy, show the picture, and the counts beside the truth.

function render({ model, el }) {
  const arm = h("select", { "aria-label": "Arm to take a biopsy of" });
  const note = h("p", { class: "quiet", role: "status" });
  const picture = h("img", { class: "slide", alt: "Section stained after Goldner and under fluorescence", hidden: true, tabindex: 0, title: "Click to enlarge", onclick: () => picture.classList.toggle("large") });
  picture.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === "Escape") picture.classList.toggle("large", event.key === "Enter" && !picture.classList.contains("large")); });
  const table = h("div", {});
  el.append(h("div", {}, h("h2", {}, "On the slide"), h("p", { class: "quiet" }, "A biopsy as a pathologist sees it: two fluorescent labels were given 17 and 5 days before. What a technician counts with a grid stands beside what the model knows."),
    h("div", { class: "take" }, arm, h("button", { class: "strong", onclick: () => { note.textContent = "Cutting, staining, counting …"; model.send({ want: "slide", arm: Number(arm.value || 0) }); } }, "Take a biopsy")), note, picture, table));
  const cell = (v) => (v === null ? "–" : round(v));
  return hear(model, {
    status(news) {
      if (arm.options.length !== news.arms.length) arm.replaceChildren(...news.arms.map((one, i) => h("option", { value: i }, `arm ${one.name}`)));
      arm.hidden = news.arms.length < 2;
    },
    refused({ text }) { note.textContent = text; },
    slide(news, buffers) {
      note.textContent = `Arm ${news.arm}, ${when(news.day)}`;
      URL.revokeObjectURL(picture.src);
      picture.src = URL.createObjectURL(new Blob([bytesOf(buffers[0])], { type: "image/png" }));
      picture.hidden = false;
      table.replaceChildren(h("table", {}, h("thead", {}, h("tr", {}, ["", "technician", "± SE", "whole section", "model", "unit"].map((one) => h("th", { scope: "col" }, one)))),
        h("tbody", {}, news.rows.map((row) => h("tr", { title: row.meaning }, h("td", {}, row.symbol), ...["technician", "standard_error", "whole_section", "model"].map((key) => h("td", { class: "n" }, cell(row[key]))), h("td", {}, row.unit))))));
    },
  });
}

export default { render };
