// Each kind of cell, drawn by its own shape so that colour is never the only difference.
// A painter gets the pen, the cells of its kind (x, y on the canvas; u, the unit outward normal of
// the bone there; trait), and k, canvas pixels per voxel.

const TAU = 2 * Math.PI;

function discs(pen, cells, radius) {
  pen.beginPath();
  for (const c of cells) {
    pen.moveTo(c.x + radius, c.y);
    pen.arc(c.x, c.y, radius, 0, TAU);
  }
}

const filled = (cell) => cell.trait > 0;
const hollow = (cell) => cell.trait === 0;

const PAINT = {
  adipocyte(pen, cells, k, colour) {
    discs(pen, cells, 3.1 * k);
    pen.globalAlpha = 0.16;
    pen.fill();
    pen.globalAlpha = 0.55;
    pen.lineWidth = Math.max(1, 0.25 * k);
    pen.stroke();
    pen.globalAlpha = 1;
  },
  osteoclast(pen, cells, k, colour, edge) {
    for (const c of cells) {
      const size = k * (1.5 + 0.28 * Math.sqrt(Math.max(1, c.trait)));
      pen.beginPath();
      for (let i = 0; i <= 22; i++) {
        const a = (i / 22) * TAU, r = size * (1 + 0.13 * Math.sin(5 * a + c.luck));
        pen.lineTo(c.x + r * Math.cos(a), c.y + r * Math.sin(a));
      }
      pen.fill();
      pen.strokeStyle = edge;
      pen.lineWidth = Math.max(1, 0.3 * k);
      pen.stroke();
      pen.fillStyle = edge;
      const nuclei = Math.min(c.trait, 9);
      pen.beginPath();
      for (let i = 0; i < nuclei; i++) {
        const a = c.luck + i * 2.4, r = size * 0.62 * Math.sqrt((i + 0.4) / nuclei);
        const x = c.x + r * Math.cos(a), y = c.y + r * Math.sin(a);
        pen.moveTo(x + 0.3 * k, y);
        pen.arc(x, y, Math.max(0.7, 0.3 * k), 0, TAU);
      }
      pen.fill();
      pen.fillStyle = pen.strokeStyle = colour;
    }
  },
  osteoclast_precursor(pen, cells, k) {
    discs(pen, cells.filter(filled), 0.95 * k);
    pen.fill();
    pen.lineWidth = Math.max(1, 0.35 * k);
    discs(pen, cells.filter(hollow), 0.75 * k);
    pen.stroke();
  },
  osteoblast(pen, cells, k, colour, edge) {
    // Cuboidal, standing on the surface.
    pen.beginPath();
    for (const c of cells) {
      const [nx, ny] = c.u, a = 0.85 * k, x = c.x + 0.6 * k * nx, y = c.y + 0.6 * k * ny;
      pen.moveTo(x + a * (nx - ny), y + a * (ny + nx));
      pen.lineTo(x + a * (-nx - ny), y + a * (-ny + nx));
      pen.lineTo(x + a * (-nx + ny), y + a * (-ny - nx));
      pen.lineTo(x + a * (nx + ny), y + a * (ny - nx));
      pen.closePath();
    }
    pen.fill();
    pen.strokeStyle = edge;
    pen.lineWidth = Math.max(0.6, 0.18 * k);
    pen.stroke();
  },
  preosteoblast(pen, cells, k) {
    // Diamonds: reversal cells hollow, pre-osteoblasts filled.
    const draw = (some) => {
      pen.beginPath();
      for (const c of some) {
        const a = 0.95 * k;
        pen.moveTo(c.x, c.y - a);
        pen.lineTo(c.x + a, c.y);
        pen.lineTo(c.x, c.y + a);
        pen.lineTo(c.x - a, c.y);
        pen.closePath();
      }
    };
    draw(cells.filter(filled));
    pen.fill();
    draw(cells.filter(hollow));
    pen.lineWidth = Math.max(1, 0.35 * k);
    pen.stroke();
  },
  lining_cell(pen, cells, k) {
    // Flat on the surface; drawn back, an arc above it.
    pen.lineCap = "round";
    pen.lineWidth = Math.max(1.2, 0.55 * k);
    pen.beginPath();
    for (const c of cells) {
      if (c.trait) continue;
      const [nx, ny] = c.u, a = 1.5 * k, x = c.x + 0.5 * k * nx, y = c.y + 0.5 * k * ny;
      pen.moveTo(x - a * ny, y + a * nx);
      pen.lineTo(x + a * ny, y - a * nx);
    }
    pen.stroke();
    pen.lineWidth = Math.max(1, 0.3 * k);
    pen.beginPath();
    for (const c of cells) {
      if (!c.trait) continue;
      const at = Math.atan2(c.u[1], c.u[0]), x = c.x + 0.8 * k * c.u[0], y = c.y + 0.8 * k * c.u[1];
      pen.moveTo(x + 1.6 * k * Math.cos(at - 1.1), y + 1.6 * k * Math.sin(at - 1.1));
      pen.arc(x, y, 1.6 * k, at - 1.1, at + 1.1);
    }
    pen.stroke();
  },
  osteocyte(pen, cells, k) {
    // A body with processes; dying ones are hollow.
    pen.lineWidth = Math.max(0.5, 0.16 * k);
    pen.beginPath();
    for (const c of cells) {
      for (let i = 0; i < 3; i++) {
        const a = c.luck + (i * TAU) / 6, r = 0.85 * k;
        pen.moveTo(c.x - r * Math.cos(a), c.y - r * Math.sin(a));
        pen.lineTo(c.x + r * Math.cos(a), c.y + r * Math.sin(a));
      }
    }
    pen.stroke();
    discs(pen, cells.filter(hollow), Math.max(0.9, 0.42 * k));
    pen.fill();
    discs(pen, cells.filter(filled), 0.7 * k);
    pen.lineWidth = Math.max(1, 0.3 * k);
    pen.stroke();
  },
  t_cell(pen, cells, k) {
    const draw = (some, a) => {
      pen.beginPath();
      for (const c of some) {
        pen.moveTo(c.x, c.y - a);
        pen.lineTo(c.x + 0.87 * a, c.y + 0.5 * a);
        pen.lineTo(c.x - 0.87 * a, c.y + 0.5 * a);
        pen.closePath();
      }
    };
    draw(cells.filter(filled), 1.35 * k);
    pen.fill();
    draw(cells.filter(hollow), 1.2 * k);
    pen.lineWidth = Math.max(1, 0.35 * k);
    pen.stroke();
  },
  mesenchymal_stem_cell(pen, cells, k) {
    pen.lineCap = "butt";
    pen.lineWidth = Math.max(1.4, 0.75 * k);
    pen.beginPath();
    for (const c of cells) {
      const a = 1.25 * k;
      pen.moveTo(c.x - a, c.y);
      pen.lineTo(c.x + a, c.y);
      pen.moveTo(c.x, c.y - a);
      pen.lineTo(c.x, c.y + a);
    }
    pen.stroke();
  },
};
// Fat first, so that nothing hides under it; resorption and formation last.
const ORDER = ["adipocyte", "osteocyte", "lining_cell", "mesenchymal_stem_cell", "t_cell",
  "osteoclast_precursor", "preosteoblast", "osteoblast", "osteoclast"];

// Unit normal of the surface of `matrix` at a voxel, pointing to the marrow.
function normal(matrix, width, height, y, x) {
  let gx = 0, gy = 0;
  for (let dy = -2; dy <= 2; dy++) {
    for (let dx = -2; dx <= 2; dx++) {
      const yy = Math.min(height - 1, Math.max(0, y + dy)), xx = Math.min(width - 1, Math.max(0, x + dx));
      const f = matrix[yy * width + xx];
      gx -= f * dx;
      gy -= f * dy;
    }
  }
  const size = Math.hypot(gx, gy);
  return size > 0 ? [gx / size, gy / size] : [0, -1];
}

// Cells of one arm by kind, with their places on a canvas of k pixels a voxel.
function cellsByKind(rows, kinds, ground, width, height, k) {
  const found = kinds.map(() => []);
  for (let i = 0; i < rows.length; i += 5) {
    const kind = rows[i], y = rows[i + 1], x = rows[i + 2], number = rows[i + 4];
    const onBone = kinds[kind].name === "lining_cell" || kinds[kind].name === "osteoblast";
    const luck = ((number & 255) / 255) * TAU;
    const away = onBone ? 0 : 0.35;
    found[kind].push({
      x: (x + 0.5 + away * Math.cos(luck)) * k, y: (y + 0.5 + away * Math.sin(luck)) * k,
      trait: rows[i + 3], luck, u: onBone ? normal(ground, width, height, y, x) : null,
    });
  }
  return found;
}

function paintCells(pen, byKind, kinds, shown, k) {
  const edge = ink("--cell-edge");
  for (const name of ORDER) {
    const number = kinds.findIndex((kind) => kind.name === name);
    if (number < 0 || !shown.has(name) || !byKind[number].length) continue;
    pen.fillStyle = pen.strokeStyle = ink(`--cell-${name}`) || kinds[number].colour;
    PAINT[name](pen, byKind[number], k, pen.fillStyle, edge);
  }
}
