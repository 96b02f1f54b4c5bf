// The brush: strokes on a picture put bone or cells in, or take them out.

const LONGEST = 400;  // balls of a stroke

/** Return the brush: its controls, whether it is in hand, and what it does on a canvas.
 *
 * at(event, index) gives the voxel under the pointer, in which picture, {arm, voxel, plane}.
 */
function brushing(model, brushes, at) {
  const kind = h("select", { "aria-label": "Brush", title: "What a stroke on the picture does" },
    Object.entries(brushes).map(([name, label]) => h("option", { value: name }, label)));
  const width = h("input", { type: "range", min: 10, max: 150, step: 5, value: 40, "aria-label": "Width of the brush, µm", hidden: true });
  const box = h("label", { class: "plane brush" }, "brush ", kind, width);
  kind.addEventListener("change", () => { width.hidden = !kind.value; });

  // A stroke is a row of balls; they are marked at once and take effect with the next day.
  let strokes = null;
  function stroke(event, index) {
    const { y, x, arm, voxel, plane } = at(event, index), last = strokes.at(-1), radius = Number(width.value);
    if (y < 0 || x < 0 || y >= arm.height || x >= arm.width || strokes.length > LONGEST) return;
    if (last && Math.hypot(last[2] - y, last[3] - x) * voxel < Math.max(radius, 30) / 2) return;
    strokes.push([kind.value, plane, y, x, radius]);
    const canvas = event.target, pen = canvas.getContext("2d"), k = canvas.width / arm.width;
    pen.fillStyle = ink("--accent");
    pen.globalAlpha = 0.35;
    pen.beginPath();
    pen.arc((x + 0.5) * k, (y + 0.5) * k, Math.max(4, (radius / voxel) * k), 0, TAU);
    pen.fill();
    pen.globalAlpha = 1;
  }

  function take(canvas, index) {
    canvas.addEventListener("pointerdown", (event) => {
      if (!kind.value) return;
      strokes = [];
      canvas.setPointerCapture(event.pointerId);
      stroke(event, index);
    });
    canvas.addEventListener("pointermove", (event) => { if (strokes) stroke(event, index); });
    canvas.addEventListener("pointerup", () => {
      if (strokes?.length) wish(model, "brush", { strokes, arm: index });
      strokes = null;
    });
    canvas.addEventListener("pointercancel", () => { strokes = null; });
  }
  return { box, take, inHand: () => Boolean(kind.value) };
}
