// Missions: a list, then step by step; a prediction is made before its answer shows.

function render({ model, el }) {
  const { missions, readings, titles, works } = model.get("spec");
  const box = h("div", { class: "lessons" });
  el.append(box);
  let shown = [], arms = [];
  const paragraphs = (text) => text.trim().split(/\n\s*\n/).map((one) => h("p", {}, one.replace(/\s+/g, " ")));
  const draw = () => { if (el.offsetParent && arms.length) for (const one of shown) one.draw(arms); };

  function list() {
    shown = [];
    box.replaceChildren(h("h2", {}, "Missions"), h("p", { class: "quiet" }, "Predict, run, explain. Each takes a few minutes and starts its own arms."),
      ...missions.map((mission, i) => h("button", { class: "mission", onclick: () => open(i, 0) }, h("b", {}, `${i + 1}. ${mission.title}`), h("span", {}, mission.about), h("small", { class: "quiet" }, `about ${mission.minutes} minutes`))));
  }

  function predict(step) {
    const after = h("div", { hidden: true, "aria-live": "polite" }, h("p", {}, h("b", {}, `The evidence says: ${step.answer}.`)), h("p", {}, step.because));
    const choices = step.choices.map((choice) => h("button", { class: "choice", "aria-pressed": false, onclick: (event) => {
      for (const one of choices) { one.setAttribute("aria-pressed", one === event.currentTarget); one.classList.toggle("right", one.textContent === step.answer); }
      after.hidden = false;
    } }, choice));
    return [h("h3", {}, "Predict"), h("p", {}, step.question), ...choices, after];
  }

  function run(step, i, k) {
    shown = step.watch.filter((name) => readings[name]).map((name) => chart({ key: name, names: [name], title: titles[name]?.title ?? readings[name].symbol, told: titles[name]?.told ?? readings[name].doc }, readings));
    setTimeout(draw, 0);
    const names = step.arms.map((arm, n) => `${"ABCD"[n]}: ${arm.name}`).join(", ");
    return [h("h3", {}, "Run"), ...paragraphs(step.task),
      h("div", { class: "take" }, h("button", { class: "strong", onclick: () => { wish(model, "lesson", { mission: missions[i].name, step: k }); wish(model, "play"); } }, "Start"), h("span", { class: "quiet" }, `${names}; ${step.years} years`)),
      h("div", { class: "charts" }, shown.map((one) => one.box))];
  }

  function explain(step, mission) {
    const sources = step.sources.map((key) => h("span", { title: works[key]?.title }, works[key]?.short ?? key)).flatMap((one, n) => (n ? [", ", one] : [one]));
    return [h("h3", {}, "Explain"), ...paragraphs(step.text), h("p", { class: "quiet" }, [...step.mechanisms, ...step.targets].join(", "), step.sources.length ? ". " : "", ...sources),
      h("details", { class: "card" }, h("summary", {}, "What the model gets wrong here"), h("ul", {}, mission.wrong.map((one) => h("li", {}, one))))];
  }

  function open(i, k) {
    const mission = missions[i], step = mission.steps[k];
    shown = [];
    const inside = { predict: () => predict(step), run: () => run(step, i, k), explain: () => explain(step, mission) }[step.kind]();
    const back = h("button", { class: "plain", onclick: () => (k ? open(i, k - 1) : list()) }, "Back");
    const next = h("button", { class: "strong", onclick: () => (k + 1 < mission.steps.length ? open(i, k + 1) : list()) }, k + 1 < mission.steps.length ? "Next" : "Done");
    box.replaceChildren(h("h2", {}, mission.title), h("p", { class: "quiet" }, `step ${k + 1} of ${mission.steps.length}`), ...inside, h("div", { class: "apply" }, back, h("span", { class: "quiet" }), next));
  }
  list();
  const again = () => setTimeout(draw, 0);
  document.addEventListener("bone-tab", again);
  const stop = hear(model, { courses(news, buffers) { arms = courseArms(news, buffers); draw(); } });
  return () => { stop(); document.removeEventListener("bone-tab", again); };
}

export default { render };
