// Tabs beside the bone: one shows, by the name in `data-tab` of the page.

function render({ model, el }) {
  const { tabs } = model.get("spec");
  const list = h("div", { class: "rail", role: "tablist", "aria-orientation": "vertical", "aria-label": "Panels" });
  const choose = (name) => {
    const page = el.closest(".bone-page") ?? document.body;
    page.dataset.tab = name;
    for (const tab of list.children) {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
    }
  };
  for (const [name, label] of Object.entries(tabs)) {
    list.append(h("button", { role: "tab", "data-tab": name, onclick: () => {
      document.dispatchEvent(new CustomEvent("bone-tab", { detail: name }));
    } }, label));
  }
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...list.children], next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
    next.click();
    next.focus();
  });
  el.append(list);
  const hearTab = (event) => choose(event.detail);
  document.addEventListener("bone-tab", hearTab);
  requestAnimationFrame(() => choose(Object.keys(tabs)[0]));
  return () => document.removeEventListener("bone-tab", hearTab);
}

export default { render };
