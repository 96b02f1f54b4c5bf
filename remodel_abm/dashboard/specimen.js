// Your bone: choose a file, set the threshold on a preview, cut, run.

const PIECE = 2 * 2 ** 20;

function render({ model, el }) {
  const { largest } = model.get("spec");
  let name = "", latest = null, timer = 0;
  const note = h("p", { role: "status", class: "quiet" });
  const file = h("input", { type: "file", "aria-label": "Image of a bone", accept: ".tif,.tiff,.nii,.gz,.mha,.mhd,.nrrd,.dcm,.ima" });
  const canvas = h("canvas", { role: "img", "aria-label": "Middle of the image, bone in colour", width: 10, height: 10 });
  const threshold = h("input", { type: "range", "aria-label": "Threshold", min: 0, max: 1, step: 0.001 });
  const level = h("output", {});
  const plane = h("input", { type: "range", "aria-label": "Plane of the preview", min: 0, max: 1, step: 0.01, value: 0.5 });
  const voxel = h("input", { type: "number", "aria-label": "Voxel of the image", min: 1, max: 200, step: "any", placeholder: "as in file" });
  const crop = h("input", { type: "number", "aria-label": "Edge of the piece", min: 0.2, max: 20, step: "any", placeholder: "all" });
  const target = h("input", { type: "number", "aria-label": "Voxel of the model", min: 5, max: 50, step: 1, value: 20 });
  const run = h("button", { class: "strong", onclick: () => { say("Cutting the piece and measuring it …"); model.send({ want: "run", ...given(), target: Number(target.value) }); } }, "Run on this bone");
  const histogram = h("svg@svg", { viewBox: "0 0 256 44", class: "histogram", "aria-hidden": true });
  const facts = h("p", {});
  const row = (label, ...boxes) => h("label", { class: "pair" }, h("span", {}, label), ...boxes);
  const form = h("div", { hidden: true }, canvas, histogram, row("Threshold", threshold, level), row("Plane", plane),
    row("Voxel of the image, µm", voxel), row("Edge of a cube to cut, mm", crop), row("Voxel of the model, µm", target), facts, run);
  el.append(h("div", { class: "specimen" }, h("h2", {}, "Your bone"),
    h("p", { class: "quiet" }, `A micro-CT image as TIFF stack, NIfTI, MetaImage, NRRD or DICOM, in one file of up to ${Math.round(largest / 2 ** 20)} MB. It stays on this machine.`),
    h("div", { class: "card" }, file, note), form));
  const say = (text, bad) => { note.textContent = text; note.classList.toggle("bad", Boolean(bad)); };
  const given = () => ({ threshold: threshold.dataset.touched ? Number(threshold.value) : null, plane: Number(plane.value),
    voxel: voxel.value ? Number(voxel.value) : null, crop: crop.value ? 1000 * Number(crop.value) : null });
  const preview = () => { clearTimeout(timer); timer = setTimeout(() => model.send({ want: "preview", ...given() }), 150); };
  threshold.addEventListener("input", () => { threshold.dataset.touched = 1; level.textContent = round(Number(threshold.value)); preview(); });
  for (const box of [plane, voxel, crop]) box.addEventListener("input", preview);

  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    form.hidden = true;
    delete threshold.dataset.touched;
    if (chosen.size > largest) return say(`${chosen.name} is larger than ${Math.round(largest / 2 ** 20)} MB; crop it first`, true);
    if (!chosen.size) return say(`${chosen.name} is empty`, true);
    name = chosen.name;
    for (let at = 0; at < chosen.size; at += PIECE) {
      const body = await chosen.slice(at, at + PIECE).arrayBuffer();
      model.send({ want: "piece", name, first: at === 0, last: at + PIECE >= chosen.size }, undefined, [body]);
      say(`Reading ${name}: ${Math.round((100 * Math.min(chosen.size, at + PIECE)) / chosen.size)} %`);
    }
  });

  function draw(news, grey, bone) {
    canvas.width = news.width;
    canvas.height = news.height;
    const image = new ImageData(news.width, news.height), mark = [224, 148, 40];
    for (let i = 0; i < grey.length; i++) {
      const v = grey[i];
      image.data.set(bone[i] ? mark.map((m) => 0.55 * v + 0.45 * m) : [v, v, v], 4 * i);
      image.data[4 * i + 3] = 255;
    }
    const pen = canvas.getContext("2d");
    pen.putImageData(image, 0, 0);
    if (news.cut[2] < news.size[2]) {  // the piece that is cut out
      const [v, w] = [1, 2].map((axis) => news.cut[axis] / news.size[axis]), [, y, x] = news.middle;
      pen.strokeStyle = "#56b4e9";
      pen.lineWidth = Math.max(1, news.width / 150);
      pen.strokeRect((x - w / 2) * news.width, (y - v / 2) * news.height, w * news.width, v * news.height);
    }
    const top = Math.max(...news.counts.map((n) => Math.sqrt(n)));
    histogram.replaceChildren(...news.counts.map((n, i) => h("rect@svg", { x: i * 4, width: 3.2, y: 44 - (42 * Math.sqrt(n)) / top, height: 44 })),
      news.threshold === null ? "" : h("line@svg", { x1: (256 * (news.threshold - news.low)) / (news.high - news.low), x2: (256 * (news.threshold - news.low)) / (news.high - news.low), y1: 0, y2: 44 }));
  }

  return hear(model, {
    uploaded() { say(`Looking at ${name} …`); preview(); },
    preview(news, buffers) {
      latest = news;
      form.hidden = false;
      threshold.parentElement.hidden = news.threshold === null;
      Object.assign(threshold, { min: news.low, max: news.high, step: (news.high - news.low) / 500 });
      if (news.threshold !== null && !threshold.dataset.touched) { threshold.value = news.threshold; level.textContent = `${round(news.threshold)} (Otsu)`; }
      draw(news, bytesOf(buffers[0]), bytesOf(buffers[1]));
      const size = (list) => list.map((um) => round(um / 1000)).join(" × ");
      facts.replaceChildren(h("b", { "data-bvtv": news.bv_tv }, `BV/TV ${round(100 * news.bv_tv)} %`), ` in ${size(news.cut)} mm of ${size(news.size)} mm, voxels of ${round(news.voxel)} µm`);
      say([news.source, ...news.warnings].join(". "));
    },
    refused({ text }) { say(text, true); },
    done({ text }) { say(text); },
  });
}

export default { render };
