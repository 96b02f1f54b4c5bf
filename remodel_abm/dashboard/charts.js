// All charts of a panel.

function render({ model, el }) {
  const spec = model.get("spec");
  const all = spec.charts.map((one) => chart(one, spec.readings)).filter((one) => one.known);
  const keys = h("div", { class: "arm-keys" });
  el.append(h("div", { class: "charts-box" }, keys, h("div", { class: "charts" }, all.map((one) => one.box))));
  let arms = [];
  const compare = h("input", { type: "checkbox", onchange: () => draw() });
  const compareBox = h("label", {}, compare, "as difference to A");
  const draw = () => {
    if (!arms.length || !el.offsetParent) return;
    const many = arms.length > 1, apart = many && compare.checked;
    keys.replaceChildren(...(many ? arms : []).map((arm) => h("span", { style: `--ink:${armInk(arm.name)}` }, `arm ${arm.name}`)), ...(many ? [compareBox] : []));
    for (const one of all) one.draw(apart ? differences(arms) : arms);
  };
  all.forEach((one) => { one.box.redraw = draw; });
  const stop = hear(model, {
    courses(news, buffers) {
      arms = courseArms(news, buffers);
      draw();
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
