// The scoreboard: measurements beside what the model says, a section a kind of row.

const KIND_TOLD = {
  fitted: ["May be fitted", "Calibration may look at these."],
  "held out": ["Held out", "Never shown to the model: the fair test."],
  check: ["Checks", "Neither fitted nor held out."],
};

function render({ model, el }) {
  const { rows, path } = model.get("spec");
  const number = (text) => (text === "" || Number.isNaN(Number(text)) ? text || "–" : round(Number(text)));
  const head = ["", "measured", ...(path ? ["model", "verdict"] : [])];
  const line = (row) => h("tr", { title: row.note },
    h("td", {}, h("code", {}, row.id), ` ${row.quantity}`, h("small", { class: "quiet" }, ` ${[row.population, row.time].filter(Boolean).join(", ")}; ${row.source}`)),
    h("td", { class: "n" }, row.verdict === "withheld" ? "withheld" : `${number(row.measured)} ${row.unit === "1" ? "" : row.unit.replaceAll("um", "µm")}`),
    ...(path ? [h("td", { class: "n" }, number(row.predicted)), h("td", {}, h("span", { class: `verdict ${row.verdict.replace(" ", "-")}` }, row.verdict))] : []));

  function section(kind) {
    const mine = rows.filter((row) => row.kind === kind), judged = mine.filter((row) => ["met", "not met"].includes(row.verdict));
    const [title, told] = KIND_TOLD[kind] ?? [kind, ""], met = judged.filter((row) => row.verdict === "met").length;
    const summary = path ? ` ${met} of ${judged.length} judged rows met, ${mine.length - judged.length} not judged.` : ` ${mine.length} rows.`;
    return h("section", { class: "card", "data-kind": kind }, h("h3", {}, title), h("p", { class: "quiet" }, told + summary),
      h("table", {}, h("thead", {}, h("tr", {}, head.map((one) => h("th", { scope: "col" }, one)))), h("tbody", {}, mine.map(line))));
  }

  const intro = path
    ? [h("p", { class: "quiet" }, `What the model met, missed and never saw, from ${path}.`)]
    : [h("p", {}, "What the model is judged against. No judgement lies in this folder yet; to set the model's numbers beside these (minutes), then open this page again:"), h("pre", {}, "remodel-abm scoreboard --small")];
  el.append(h("div", { class: "score" }, h("h2", {}, "Scoreboard"), ...intro, ...[...new Set(rows.map((row) => row.kind))].map(section)));
}

export default { render };
