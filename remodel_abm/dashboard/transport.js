// The clock: play, steps, run until, speed, the slider over what was lived, branch.

const SPEEDS = [[null, "full speed"], [1, "1 day/s"], [3, "3 days/s"], [10, "10 days/s"], [30, "30 days/s"]];

function render({ model, el }) {
  const spec = model.get("spec");
  let news = null, sliding = false;
  const step = (days, label, told) => h("button", { class: "plain", title: told, "aria-label": told,
    onclick: () => wish(model, "step", { days }) }, label);
  const play = h("button", { class: "play", "aria-label": "Play", onclick: () => toggle() });
  const toggle = () => {
    wish(model, "play", { on: !news?.playing });
    show({ ...news, playing: !news?.playing });
  };
  const until = h("select", { "aria-label": "Run until", title: "Run until", onchange: () => {
    const [kind, value] = until.value.split(":");
    if (kind === "event") wish(model, "until", { event: value });
    if (kind === "day") wish(model, "step", { days: Number(value) - news.day });
    typed.hidden = kind !== "type";
    if (kind === "type") typed.focus();
    until.value = "";
  } });
  const typed = h("input", { type: "number", class: "typed", step: 1, placeholder: "day", "aria-label": "Stop on day", hidden: true, onchange: () => {
    const days = Number(typed.value) - news.day;
    if (typed.value !== "" && days > 0) wish(model, "step", { days });
    [typed.hidden, typed.value] = [true, ""];
  }, onblur: () => { typed.hidden = true; } });
  const speed = h("select", { "aria-label": "Speed", title: "Speed", onchange: () => {
    wish(model, "speed", { days_per_second: SPEEDS[speed.value][0] });
  } }, SPEEDS.map(([, label], i) => h("option", { value: i }, label)));
  const slider = h("input", { type: "range", class: "time", "aria-label": "Day", step: 1,
    oninput: () => { sliding = true; seek(false); }, onchange: () => { seek(true); sliding = false; } });
  let asked = 0;
  function seek(final) {
    // Beyond what was lived the slider does not go.
    const day = Math.min(Number(slider.value), news.head);
    slider.value = day;
    paint(day);
    const now = performance.now();
    if (final || now - asked > 60) {
      asked = now;
      wish(model, "seek", { day, final });
    }
  }
  const breaks = h("div", { class: "breaks", "aria-hidden": true });
  let broken = [];
  function markBreaks() {
    if (!news?.arms.length) return;
    breaks.replaceChildren(...broken.map(([day, arm]) => h("i", { title: `strut cut, arm ${arm}`,
      style: `left:${(100 * (day - news.first)) / (news.end - news.first)}%;background:${armInk(arm)}` })));
  }
  const onBreaks = (event) => { broken = event.detail; markBreaks(); };
  document.addEventListener("bone-breaks", onBreaks);
  const date = h("output", { class: "date", "aria-live": "off" });
  const age = h("span", { class: "quiet" });
  const branch = h("button", { class: "plain", title: "Split here: a second arm goes on beside this one",
    onclick: () => wish(model, "branch") }, "Branch here");
  const arms = h("span", { class: "arms" });
  const say = h("div", { class: "say", role: "status", "aria-live": "polite" });
  const track = h("div", { class: "track" }, slider, breaks);
  el.append(h("div", { class: "transport", role: "group", "aria-label": "Time" },
    h("div", { class: "buttons" }, play, step(1, "+1 d", "A day on"), step(7, "+1 wk", "A week on"),
      step(30, "+1 mo", "A month on"), until, typed, speed),
    track, h("div", { class: "where" }, date, age), h("div", { class: "split" }, arms, branch)), say);

  const fill = (end) => {
    const choices = [["", "run until …"], ["type", "a day …"], ["day:0", "the story begins (day 0)"],
      ...Object.entries(spec.events).map(([name, title]) => [`event:${name}`, title.toLowerCase()])];
    for (let year = 1; year <= end / 365.25 + 0.01; year++) choices.push([`day:${year * 365.25}`, `year ${year}`]);
    until.replaceChildren(...choices.map(([value, label]) => h("option", { value }, label)));
  };

  function paint(day) {
    const at = (d) => `${(100 * (d - news.first)) / (news.end - news.first)}%`;
    track.style.setProperty("--lived", at(news.head));
    track.style.setProperty("--start", at(0));
    date.textContent = when(day);
    slider.setAttribute("aria-valuetext", when(day));
    age.textContent = `age ${(news.age - (news.day - day) / 365.25).toFixed(1)}`;
  }

  function show(given) {
    news = given;
    play.classList.toggle("on", news.playing);
    play.setAttribute("aria-label", news.playing ? "Pause" : "Play");
    play.setAttribute("aria-pressed", news.playing);
    const idle = !news.arms.length;
    for (const one of el.querySelectorAll("button, select, input")) one.disabled = idle;
    if (idle) return;
    if (Number(slider.max) !== news.end || Number(slider.min) !== news.first) {
      slider.min = news.first;
      slider.max = news.end;
      fill(news.end);
      markBreaks();
    }
    branch.disabled = news.arms.length > 3;
    speed.value = SPEEDS.findIndex(([value]) => value === news.speed);
    if (!sliding) {
      slider.value = news.day;
      paint(news.day);
    }
    el.dataset.day = news.day;
    (el.closest(".bone-page") ?? document.body).dataset.arms = news.arms.length;
    el.dataset.moving = news.moving;
    const many = news.arms.length > 1;
    arms.replaceChildren(...(many ? news.arms : []).map((arm, i) => h("span", { class: "arm", style: `--ink:${armInk(arm.name)}`, title: arm.title },
      arm.name, h("button", { "aria-label": `Close arm ${arm.name}`, title: `Close arm ${arm.name}`, onclick: () => wish(model, "drop", { arm: i }) }, "×"))));
  }

  const onKey = (event) => {
    if (event.code !== "Space" || /^(INPUT|SELECT|TEXTAREA|BUTTON)$/.test(event.target.tagName)) return;
    event.preventDefault();
    toggle();
  };
  document.addEventListener("keydown", onKey);
  let hush = 0;
  const stop = hear(model, {
    status: show,
    say({ text, level }) {
      say.replaceChildren(text, h("button", { "aria-label": "Close the message", onclick: () => say.replaceChildren() }, "×"));
      say.dataset.level = level;
      clearTimeout(hush);
      if (level !== "error") hush = setTimeout(() => say.replaceChildren(), 9000);
    },
  });
  return () => {
    stop();
    document.removeEventListener("bone-breaks", onBreaks);
    document.removeEventListener("keydown", onKey);
  };
}

export default { render };
