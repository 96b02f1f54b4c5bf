// The scoreboard: targets beside what the model says.

function render({ model, el }) {
  const { rows, path } = model.get("spec");
  if (!rows.length) {
    el.append(h("div", {}, h("h2", {}, "Scoreboard"), h("p", {}, "No judgement lies here yet. Make one, which takes a while, and open this page again:"),
      h("pre", {}, "remodel-abm scoreboard"), h("p", { class: "quiet" }, "It runs trials of many seeds and sets what was measured in people beside what the model says: what it met, what it missed, and what it was never shown.")));
    return;
  }
  const n = (text) => (text === "" || Number.isNaN(Number(text)) ? text : round(Number(text)));
  const groups = [...new Set(rows.map((row) => row.kind))];
  const told = { fitted: "may be fitted", "held out": "held out: never shown to the model", check: "checks" };
  el.append(h("div", { class: "score" }, h("h2", {}, "Scoreboard"), h("p", { class: "quiet" }, `from ${path}`), ...groups.map((kind) => {
    const mine = rows.filter((row) => row.kind === kind), judged = mine.filter((row) => /met/.test(row.verdict));
    const met = mine.filter((row) => row.verdict === "met").length;
    return h("section", { class: "card" }, h("h3", {}, told[kind] ?? kind), h("p", { class: "quiet" }, `${met} of ${judged.length} met`),
      h("table", {}, h("thead", {}, h("tr", {}, ["", "measured", "model", "verdict"].map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, mine.map((row) => h("tr", { title: row.note }, h("td", {}, h("code", {}, row.id), ` ${row.quantity}`, h("small", { class: "quiet" }, ` ${[row.population, row.time].filter(Boolean).join(", ")}; ${row.source}`)),
          h("td", { class: "n" }, `${n(row.measured)} ${row.unit}`), h("td", { class: "n" }, n(row.predicted)), h("td", {}, h("span", { class: `verdict ${row.verdict.replace(" ", "-")}` }, row.verdict)))))));
  })));
}

export default { render };
