// Which story, bone and seed; start over; twins; light or dark.

const SIZES = [
  ["section:128", "section, 1.3 mm", { source: "section", shape: [1, 128, 128] }],
  ["section:192", "section, 1.9 mm", { source: "section", shape: [1, 192, 192] }],
  ["section:256", "section, 2.6 mm", { source: "section", shape: [1, 256, 256] }],
  ["volume:48", "volume, 1 mm", { source: "volume", shape: [48, 48, 48], voxel: 20 }],
  ["volume:75", "volume, 1.5 mm", { source: "volume", shape: [75, 75, 75], voxel: 20 }],
  ["volume:96", "volume, 1.9 mm", { source: "volume", shape: [96, 96, 96], voxel: 20 }],
];

function render({ model, el }) {
  const spec = model.get("spec");
  let news = null, touched = false;
  const options = spec.scenarios.map((one) => h("option", { value: one.name, title: one.about }, one.title));
  const story = h("select", { id: "story", "aria-label": "Scenario", onchange: () => start({ scenario: story.value }) }, options);
  const edit = () => { touched = true; };
  const seed = h("input", { type: "number", min: 0, step: 1, value: 1, "aria-label": "Seed", oninput: edit });
  const dice = h("button", { class: "plain", type: "button", title: "Another seed", "aria-label": "Another seed",
    onclick: () => { seed.value = 1 + Math.floor(Math.random() * 99999); edit(); } }, "⚄");
  const size = h("select", { "aria-label": "Bone", onchange: edit }, [h("option", { value: "" }, "as it is"), ...SIZES.map(([value, label]) => h("option", { value }, label))]);
  const years = h("input", { type: "number", min: 0.1, max: 60, step: "any", "aria-label": "Years", oninput: edit });
  const settling = h("input", { type: "number", min: 0, max: 5000, step: "any", "aria-label": "Days to settle in", oninput: edit });
  const age = h("input", { type: "number", min: 15, max: 100, step: "any", "aria-label": "Age on day 0", oninput: edit });
  const twin = h("select", { "aria-label": "Scenario of the second arm" }, spec.scenarios.map((one) => h("option", { value: one.name }, one.title)));
  twin.value = "reference";

  function start(given) {
    touched = false;
    const bone = SIZES.find(([value]) => value === size.value)?.[2];
    const asked = { seed: Number(seed.value), settling: Number(settling.value), ...(bone ? { bone } : {}), ...given };
    for (const [name, box] of [["years", years], ["age", age]]) {
      if (given.scenario === undefined && box.value !== "") asked[name] = Number(box.value);
    }
    wish(model, "reset", asked);
    setup.open = false;
  }

  const row = (label, ...boxes) => h("label", { class: "pair" }, h("span", {}, label), ...boxes);
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); start({}); } },
    row("Bone", size), row("Seed", seed, dice), row("Years of story", years), row("Age on day 0", age),
    row("Days to settle in", settling),
    h("p", { class: "quiet" }, "New tissue needs some months to find its level before the story begins on day 0."),
    h("button", { class: "strong" }, "Start over"),
    h("hr"),
    row("Twin", twin),
    h("p", { class: "quiet" }, "Two arms, this story and its twin's, on the same bone, with the same luck, on one clock."),
    h("button", { class: "plain", type: "button", onclick: () => { wish(model, "twins", { scenario: twin.value }); setup.open = false; } }, "Start twins"));
  const setup = h("details", { class: "setup" }, h("summary", {}, "Set up"), h("div", { class: "sheet" }, form));
  const reset = h("button", { class: "plain", title: "Back to the first day, one arm", onclick: () => wish(model, "reset") }, "Reset");
  const light = h("button", { class: "plain", "aria-label": "Light or dark", title: "Light or dark", onclick: () => {
    const dark = document.documentElement.dataset.theme === "dark";
    theme(dark ? "light" : "dark");
    try { localStorage.setItem("bone-theme", dark ? "light" : "dark"); } catch { /* not kept */ }
  } }, "◐");
  const theme = (name) => {
    document.documentElement.dataset.theme = name;
    document.dispatchEvent(new CustomEvent("bone-theme"));
  };
  let kept = null;
  try { kept = localStorage.getItem("bone-theme"); } catch { /* not allowed */ }
  theme(kept ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  const about = h("span", { class: "about quiet" });
  const head = h("header", { class: "masthead" }, h("h1", {}, "Living bone"), story, setup, reset, about,
    h("span", { class: "advice quiet" }, "A model of a piece of tissue; no medical advice."), light);
  el.append(head);
  document.title = "Living bone";
  document.documentElement.lang = "en";

  const outside = (event) => { if (!event.composedPath().includes(setup)) setup.open = false; };
  document.addEventListener("pointerdown", outside);
  const stop = hear(model, { status(given) {
    news = given;
    const first = news.arms[0];
    for (const box of [story, reset]) box.disabled = Boolean(news.busy);
    if (!first) return;
    if (![...story.options].some((one) => one.value === first.scenario)) story.append(h("option", { value: first.scenario, disabled: true }, first.title));
    if (document.activeElement !== story) story.value = first.scenario;
    about.textContent = spec.scenarios.find((one) => one.name === first.scenario)?.about ?? "";
    about.title = about.textContent;
    el.dataset.seed = first.seed;
    if (touched) return;
    size.value = `${first.bone.source}:${first.bone.shape[1]}`;
    if (!size.value) size.value = "";
    for (const [box, value] of [[seed, first.seed], [years, first.years], [age, first.age], [settling, first.settling]]) {
      if (document.activeElement !== box) box.value = value;
    }
  } });
  return () => {
    stop();
    document.removeEventListener("pointerdown", outside);
  };
}

export default { render };
