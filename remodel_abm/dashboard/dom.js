// What all panels share: elements in one line, news from Python, wishes to it.

const SVG = "http://www.w3.org/2000/svg";

// h("button", {class: "a", onclick: f}, "text", child): an element with attributes and children.
function h(tag, given = {}, ...children) {
  const [name, space] = tag.split("@");
  const made = space ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value" || key === "checked") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

// Listen for news by kind, and say that this panel is there.
function hear(model, by) {
  const take = (news, buffers) => by[news.kind]?.(news, buffers ?? []);
  model.on("msg:custom", take);
  model.send({ ready: true });
  return () => model.off("msg:custom", take);
}

const wish = (model, name, given = {}) => model.send({ wish: name, ...given });
const bytesOf = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const copyOf = (view, Kind) => new Kind(bytesOf(view).slice().buffer);
// An array of bytes with what changed of it: places (uint32), then new values.
function patched(bytes, view) {
  const count = view.byteLength / 5, places = copyOf(new DataView(view.buffer, view.byteOffset, 4 * count), Uint32Array);
  const values = bytesOf(view).subarray(4 * count);
  places.forEach((at, i) => { bytes[at] = values[i]; });
  return bytes;
}
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const armInk = (name) => ink(`--arm-${name}`) || ink("--arm-A");

function round(value, digits = 3) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-4) return value.toExponential(digits - 1);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(digits))} M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(digits))} k`;
  return String(Number(value.toPrecision(size >= 1000 ? Math.max(4, digits) : digits)));
}

// A day of the story as a reader's time.
function when(day) {
  if (day < 0) return `settling, ${Math.ceil(-day)} d to go`;
  const year = Math.floor(day / 365.25);
  return `year ${year}, day ${Math.floor(day - year * 365.25)}`;
}

// Buttons that bring a change into force: in an arm from today on, or in a new arm.
function applyBar(model, { change, clear, none }) {
  const note = h("span", { class: "quiet" });
  const arm = h("select", { "aria-label": "Arm to change" });
  const put = (how) => () => {
    wish(model, how, { change: change(), arm: Number(arm.value) });
    clear();
  };
  const now = h("button", { class: "plain", onclick: put("change") }, "Change");
  const branch = h("button", { class: "strong", onclick: put("branch") }, "Branch");
  const bar = h("div", { class: "apply" }, note, arm, now, branch);
  let arms = "";
  bar.update = (news, count) => {
    const names = news.arms.map((one) => one.name).join("");
    if (names !== arms) {
      arms = names;
      arm.replaceChildren(...news.arms.map((one, i) => h("option", { value: i }, `arm ${one.name}`)));
    }
    arm.hidden = news.arms.length < 2;
    const there = news.first === news.day ? "from the start" : `from ${when(news.day)} on`;
    note.textContent = count ? `${count} ${count > 1 ? "changes" : "change"}, ${there}` : none;
    now.disabled = branch.disabled = !count || !news.arms.length;
    branch.disabled ||= news.arms.length > 3;
  };
  bar.arm = () => Number(arm.value || 0);
  return bar;
}
