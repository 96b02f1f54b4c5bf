// Estradiol over the story. Handles on the curve: final period, operation, therapy, levels.

const YEAR = 365.25, EW = 560, EH = 138, M = { l: 44, r: 12, t: 14, b: 22 };

function render({ model, el }) {
  let news = null, draft = null, base = null, curve = null, held = null, waiting = false, again = false, perDose = 1;
  const svg = h("svg@svg", { viewBox: `0 0 ${EW} ${EH}`, role: "img", "aria-label": "Estradiol over the story" });
  const number = (label, unit, step, min, max, put) => {
    const box = h("input", { type: "number", step, min, max, "aria-label": label, onchange: () => { put(Number(box.value)); changed(); } });
    return { box, label: h("label", { class: "field" }, label, " ", box, ` ${unit}`) };
  };
  const tick = (label, put) => {
    const box = h("input", { type: "checkbox", onchange: () => { put(box.checked); changed(); } });
    return { box, label: h("label", { class: "check" }, box, " ", label) };
  };
  const day = (age) => (age - news.arms[target()].age) * YEAR;
  const age = (d) => news.arms[target()].age + d / YEAR;
  const target = () => Math.min(bar?.arm() ?? 0, (news?.arms.length ?? 1) - 1);
  const menopause = tick("Menopause", (on) => { draft.period = on ? Math.max(news.day, 2 * YEAR) : null; });
  const period = number("at age", "yr", 0.5, 20, 90, (v) => { draft.period = day(v); });
  const surgery = tick("Ovaries removed", (on) => { draft.surgery = on ? Math.max(news.day, YEAR / 2) : null; });
  const operated = number("at age", "yr", 0.5, 20, 90, (v) => { draft.surgery = day(v); });
  const therapy = tick("Hormone therapy", (on) => {
    draft.start = on ? Math.max(news.day, 3 * YEAR) : null;
    draft.stop = on ? draft.start + 4 * YEAR : null;
  });
  const from = number("from", "yr", 0.5, 20, 90, (v) => { draft.start = day(v); });
  const to = number("to", "yr", 0.5, 20, 99, (v) => { draft.stop = day(v); });
  const dose = number("dose", "mg/d", 0.25, 0, 4, (v) => { draft.dose = v; });
  const ovaries = h("span", { class: "line" }, menopause.label, period.label, surgery.label, operated.label);
  const bar = applyBar(model, { change, clear: () => { draft = base = null; }, none: "Drag the marks, or give ages." });
  el.append(h("section", { class: "card estrogen" }, h("h3", {}, "Estrogen"), svg,
    h("div", { class: "line" }, ovaries, therapy.label, from.label, to.label, dose.label), bar));

  function read(arm) {
    const s = arm.schedule, p = s.ovary?.final_period ?? null, t = s.hormone_therapy;
    return { woman: Boolean(s.ovary), period: p, surgery: s.oophorectomy?.day ?? null,
      start: t?.start ?? null, stop: t?.stop ?? null, dose: t?.dose ?? 1,
      post: arm.set["ovary.postmenopausal"] ?? 54, pre: arm.set["ovary.premenopausal"] ?? 237 };
  }

  const same = () => JSON.stringify(draft) === JSON.stringify(base);
  function schedule() {
    const found = {};
    if (draft.woman) found.ovary = { final_period: draft.period };
    if (draft.surgery !== null) found.oophorectomy = { day: draft.surgery };
    if (draft.start !== null) found.hormone_therapy = { start: draft.start, stop: draft.stop, dose: draft.dose };
    return found;
  }
  function change() {
    const plain = (o) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== null));
    const found = { drop: ["ovary", "oophorectomy", "hormone_therapy"].filter((n) => n !== "ovary" || draft.woman),
      schedule: Object.entries(schedule()).map(([part, given]) => ({ part, ...plain(given) })) };
    const set = {};
    for (const [key, name] of [["post", "ovary.postmenopausal"], ["pre", "ovary.premenopausal"]]) {
      if (draft[key] !== base[key]) set[name] = draft[key];
    }
    if (Object.keys(set).length) found.set = set;
    return found;
  }

  function changed() {
    fields();
    bar.update(news, same() ? 0 : 1);
    ask();
  }
  // One question under way at a time; the last one asked is always answered.
  function ask() {
    if (waiting) { again = true; return; }
    waiting = true;
    const arm = news.arms[target()];
    const others = Object.fromEntries(Object.entries(arm.schedule).filter(([n]) => n === "testis"));
    const values = { ...arm.set, "ovary.postmenopausal": draft.post, "ovary.premenopausal": draft.pre };
    model.send({ want: "curve", schedule: { ...others, ...schedule() }, set: values, off: arm.off, age: arm.age, sex: arm.sex, first: news.first, last: news.end });
  }

  function fields() {
    const put = (box, value) => { if (document.activeElement !== box) box.value = value === null ? "" : Number(value.toFixed(2)); };
    menopause.box.checked = draft.period !== null;
    surgery.box.checked = draft.surgery !== null;
    therapy.box.checked = draft.start !== null;
    ovaries.hidden = !draft.woman;
    period.label.hidden = draft.period === null;
    operated.label.hidden = draft.surgery === null;
    for (const one of [from, to, dose]) one.label.hidden = draft.start === null;
    put(period.box, draft.period === null ? null : age(draft.period));
    put(operated.box, draft.surgery === null ? null : age(draft.surgery));
    put(from.box, draft.start === null ? null : age(draft.start));
    put(to.box, draft.stop === null ? null : age(draft.stop));
    put(dose.box, draft.dose);
  }

  const X = (d) => M.l + ((d - news.first) / (news.end - news.first)) * (EW - M.l - M.r);
  const dayAt = (x) => news.first + ((x - M.l) / (EW - M.l - M.r)) * (news.end - news.first);
  // Bioavailable estradiol of men is a fourth of what women's immunoassays show.
  const top = () => Math.max(draft.woman ? 300 : 80, ...curve) * 1.08;
  const Y = (v) => EH - M.b - (v / top()) * (EH - M.t - M.b);
  const levelAt = (y) => Math.max(0, ((EH - M.b - y) / (EH - M.t - M.b)) * top());
  const clamp = (v, a, b) => Math.min(b, Math.max(a, v));

  function handles() {
    const list = [];
    const at = (d) => curve[clamp(Math.round(((d - news.first) / (news.end - news.first)) * (curve.length - 1)), 0, curve.length - 1)];
    const add = (key, d, y, label, move) => list.push({ key, d, y, label, move });
    const free = (d) => clamp(d, news.first, news.end);
    if (draft.woman) add("pre", news.first + 0.02 * (news.end - news.first), draft.pre, "level before menopause", (d, v) => { draft.pre = Math.round(clamp(v, 150, 350)); });
    if (draft.period !== null) {
      add("period", draft.period, at(draft.period), "final period", (d) => { draft.period = free(d); });
      add("post", news.end - 0.02 * (news.end - news.first), draft.post, "level after menopause", (d, v) => { draft.post = Math.round(clamp(v, 10, 90)); });
    }
    if (draft.surgery !== null) add("surgery", draft.surgery, at(draft.surgery), "operation", (d) => { draft.surgery = free(d); });
    if (draft.start !== null) {
      const end = draft.stop ?? news.end;
      add("start", draft.start, at(draft.start), "start of therapy", (d) => { draft.start = Math.min(free(d), (draft.stop ?? news.end) - 30); });
      add("stop", end, at(end), "end of therapy", (d) => { draft.stop = Math.max(free(d), draft.start + 30); });
      const middle = (draft.start + end) / 2, from0 = at(middle);
      add("dose", middle, from0, "height of therapy", (d, v) => { draft.dose = clamp(Math.round((draft.dose + (v - from0) / perDose) * 20) / 20, 0, 4); });
    }
    return list.filter((one) => one.d >= news.first && one.d <= news.end);
  }

  function draw() {
    if (!news || !curve || !draft) return;
    const parts = (top() < 150 ? [0, 20, 40, 60, 80, 100, 120] : [0, 100, 200, 300, 400, 500, 600, 800]).filter((v) => v < top()).flatMap((v) => [
      h("line@svg", { x1: M.l, x2: EW - M.r, y1: Y(v), y2: Y(v), class: "grid" }),
      h("text@svg", { x: M.l - 6, y: Y(v) + 3.5, "text-anchor": "end" }, v)]);
    const first = Math.ceil(age(news.first)), step = news.end - news.first > 6000 ? 5 : 2;
    for (let a = Math.ceil(first / step) * step; a <= age(news.end); a += step) {
      const x = X(day(a)), edge = x > EW - 24;
      parts.push(h("text@svg", { x: edge ? EW - 2 : x, y: EH - 6, "text-anchor": edge ? "end" : "middle" }, `age ${a}`));
    }
    if (draft.start !== null) {
      const a = X(clamp(draft.start, news.first, news.end)), b = X(clamp(draft.stop ?? news.end, news.first, news.end));
      parts.push(h("rect@svg", { x: a, width: Math.max(0, b - a), y: M.t, height: EH - M.t - M.b, class: "therapy" }));
    }
    parts.push(h("text@svg", { x: M.l, y: 9 }, "estradiol, pmol/L"));
    const path = Array.from(curve, (v, i) => `${i ? "L" : "M"}${(M.l + (i / (curve.length - 1)) * (EW - M.l - M.r)).toFixed(1)} ${Y(v).toFixed(1)}`).join("");
    parts.push(h("path@svg", { d: path, class: "curve" }));
    parts.push(h("rect@svg", { x: M.l, y: M.t, width: Math.max(0, X(news.day) - M.l), height: EH - M.t - M.b, class: "past" }));
    parts.push(h("line@svg", { x1: X(news.day), x2: X(news.day), y1: M.t, y2: EH - M.b, class: "today" }));
    for (const one of handles()) {
      const handle = h("circle@svg", { cx: X(one.d), cy: Y(one.y), r: 7, class: "handle", tabindex: 0, role: "slider",
        "data-key": one.key, "aria-label": one.label, "aria-valuetext": `age ${age(one.d).toFixed(1)}, ${Math.round(one.y)} pmol/L`, "aria-valuenow": Math.round(one.y) }, h("title@svg", {}, one.label));
      handle.addEventListener("pointerdown", (event) => { held = one; svg.setPointerCapture(event.pointerId); event.preventDefault(); });
      handle.addEventListener("keydown", (event) => {
        const move = { ArrowLeft: [-30, 0], ArrowRight: [30, 0], ArrowUp: [0, 10], ArrowDown: [0, -10] }[event.key];
        if (!move) return;
        event.preventDefault();
        focusOn = one.key;
        one.move(one.d + move[0], one.y + move[1]);
        changed();
      });
      parts.push(handle);
    }
    svg.replaceChildren(...parts);
    if (focusOn) svg.querySelector(`[data-key="${focusOn}"]`)?.focus();
    focusOn = "";
  }
  let focusOn = "";
  svg.addEventListener("pointermove", (event) => {
    if (!held) return;
    const box = svg.getBoundingClientRect();
    held.move(dayAt(((event.clientX - box.left) / box.width) * EW), levelAt(((event.clientY - box.top) / box.height) * EH));
    changed();
  });
  svg.addEventListener("pointerup", () => { held = null; });

  let shape = "";
  const stop = hear(model, {
    status(given) {
      news = given;
      if (!news.arms.length) return;
      const arm = news.arms[target()], now = read(arm);
      const key = JSON.stringify([now, news.first, news.end, arm.age, target()]);
      if (key !== shape || !draft) {
        shape = key;
        base = now;
        draft = { ...now };
        changed();
      }
      bar.update(news, same() ? 0 : 1);
      draw();
    },
    curve(given, buffers) {
      perDose = given.per_dose;
      curve = copyOf(buffers[0], Float32Array);
      waiting = false;
      draw();
      if (again) { again = false; ask(); }
    },
    refused() { waiting = false; },
  });
  const redraw = () => draw();
  document.addEventListener("bone-theme", redraw);
  return () => { stop(); document.removeEventListener("bone-theme", redraw); };
}

export default { render };
