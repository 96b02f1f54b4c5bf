// A text, as its file gives it.

function render({ model, el }) {
  const box = h("div", { class: "reading" });
  box.innerHTML = model.get("spec").html;
  el.append(box);
}

export default { render };
