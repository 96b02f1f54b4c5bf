// Any panel as a file: charts and curves as true SVG, everything else as the page shows it.

const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family", "opacity"];
const svgBlob = (node) => new Blob([new XMLSerializer().serializeToString(node)], { type: "image/svg+xml" });

// A drawing as a file of its own: what the style sheet gives is written into it.
function drawingFile(svg, title = "", keys = []) {
  const copy = svg.cloneNode(true), box = svg.viewBox.baseVal;
  const from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const style = getComputedStyle(node);
    for (const key of DRAWN) to[i].style[key] = style[key];
  });
    const head = title ? 20 : 0, height = box.height + head;
  const words = (x, text, fill, anchor, weight) => h("text@svg", { x, y: -7, "text-anchor": anchor, style: `fill:${fill};font:${weight} 11px system-ui,sans-serif` }, text);
  if (title) copy.append(words(6, title, ink("--text"), "start", 600));
  let right = box.width - 8;
  for (const { text, colour } of keys.toReversed()) {
    copy.append(words(right, text, colour, "end", 600));
    right -= 7 * text.length + 8;
  }
  for (const [name, value] of Object.entries({ xmlns: SVG, width: box.width, height, viewBox: `0 ${-head} ${box.width} ${height}`, style: `background:${ink("--sheet")}` })) copy.setAttribute(name, value);
  return { blob: svgBlob(copy), width: box.width, height };
}

const pageStyle = () => [...document.styleSheets].filter((sheet) => [...sheet.cssRules].some((rule) => rule.selectorText === ".bone-page"))
  .flatMap((sheet) => [...sheet.cssRules].map((rule) => rule.cssText)).join("\n");

// What a copy of elements does not bring: pictures on canvases, and what was typed or chosen.
function fillCopy(from, to) {
  const pair = (tags) => [...from.querySelectorAll(tags)].map((one, i) => [one, to.querySelectorAll(tags)[i]]);
  for (const [one, copy] of pair("input")) {
    copy.setAttribute("value", one.value);
    copy.toggleAttribute("checked", one.checked);
  }
  for (const [one, copy] of pair("option")) copy.toggleAttribute("selected", one.selected);
  for (const [one, copy] of pair("canvas")) {
    const box = one.getBoundingClientRect();
    copy.replaceWith(h("img", { src: one.toDataURL(), style: box.width ? `width:${box.width}px;height:${box.height}px;border-radius:10px` : "" }));
  }
}

// A panel as the page shows it, in an SVG that browsers open; `width` in pixels.
async function panelFile(panel, width) {
  const copy = panel.cloneNode(true), shell = h("div", { class: "bone-page", style: `display:block;box-sizing:border-box;height:auto;min-height:0;width:${width + 24}px;padding:12px` }, copy);
  if (panel.matches(".side")) copy.style.display = "block";
  else copy.style.height = `${panel.offsetHeight}px`;
  fillCopy(panel, copy);
  for (const image of copy.querySelectorAll("img[src^='blob:']")) {
    const body = await (await fetch(image.src)).blob();
    image.src = await new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(reader.result); reader.readAsDataURL(body); });
  }
  const aside = h("div", { style: "position:fixed;left:-9999px;top:0", "aria-hidden": true }, shell);
  document.body.append(aside);
  await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
  const height = Math.ceil(shell.getBoundingClientRect().height);
  aside.remove();
  shell.setAttribute("xmlns", "http://www.w3.org/1999/xhtml");
  width += 24;
  const root = h("svg@svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "data-theme": document.documentElement.dataset.theme },
    h("style@svg", {}, pageStyle()), h("foreignObject@svg", { width: "100%", height: "100%" }, shell));
  return { blob: svgBlob(root), width, height };
}

// The same in pixels, twice as many to a side. A data address, as a blob's would taint the canvas.
async function inPixels({ blob, width, height }, times = 2) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await blob.text())}`;
  await image.decode();
  const canvas = h("canvas", { width: width * times, height: height * times });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done); });
}

// A picture within an SVG, so that it can be put beside others.
function pictureFile(canvas) {
  const { width, height } = canvas;
  const image = h("image@svg", { href: canvas.toDataURL(), width, height });
  return { blob: svgBlob(h("svg@svg", { xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}` }, image)), width, height };
}
