// All charts of a panel.

function render({ model, el }) {
  const spec = model.get("spec");
  const all = spec.charts.map((one) => chart(one, spec.readings)).filter((one) => one.known);
  const keys = h("div", { class: "arm-keys" });
  el.append(h("div", { class: "charts-box" }, keys, h("div", { class: "charts" }, all.map((one) => one.box))));
  let arms = [];
  const compare = h("input", { type: "checkbox", onchange: () => draw() });
  const compareBox = h("label", {}, compare, "as difference to A");
  const draw = (hidden = false) => {
    if (!arms.length || (!el.offsetParent && hidden !== true)) return;
    const many = arms.length > 1, apart = many && compare.checked;
    keys.replaceChildren(...(many ? arms : []).map((arm) => h("span", { style: `--ink:${armInk(arm.name)}` }, `arm ${arm.name}`)), ...(many ? [compareBox] : []));
    for (const one of all) one.draw(apart ? differences(arms) : arms);
  };
  all.forEach((one) => { one.box.redraw = draw; });
  // Days on which a strut was cut, for the slider of the clock.
  function mark() {
    if (!spec.charts.some((one) => one.key === "perforations")) return;
    const days = arms.flatMap((arm) => arm.curves.filter((curve) => ["perforations", "rod_losses"].includes(curve.name)).flatMap((curve) =>
      Array.from(curve.days).filter((_, i) => i && curve.values[i] > curve.values[i - 1]).map((day) => [day, arm.name])));
    document.dispatchEvent(new CustomEvent("bone-breaks", { detail: days }));
  }
  const stop = hear(model, {
    courses(news, buffers) {
      arms = courseArms(news, buffers);
      draw();
      mark();
    },
  });
  const again = () => setTimeout(draw, 0);
  document.addEventListener("bone-theme", again);
  document.addEventListener("bone-tab", again);
  return () => {
    stop();
    document.removeEventListener("bone-theme", again);
    document.removeEventListener("bone-tab", again);
  };
}

export default { render };
