"""The volume widget, in a browser with a stand-in for its Python side."""

import base64
import json
from math import atan, pi, sqrt, tan

import numpy as np
import pytest

from remodel_abm.dashboard.volume_view import VolumeView, source
from remodel_abm.results import Snapshot

PAGE = """<!doctype html><style>body{margin:0;background:#123}#el{width:%dpx}</style>
<div id=el></div>"""
STAND_IN = """async ([code, traits]) => {
  const {default: widget} = await import(URL.createObjectURL(
    new Blob([code], {type: 'text/javascript'})));
  const heard = {}, read = (v) => v?.bytes !== undefined
    ? new DataView(Uint8Array.from(atob(v.bytes), (c) => c.charCodeAt(0)).buffer) : v;
  const state = Object.fromEntries(Object.entries(traits).map(([k, v]) => [k, read(v)]));
  window.sent = [];
  window.model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; },
    save_changes() {},
    send: (what) => sent.push(what),
    on: (name, call) => (heard[name] ??= new Set()).add(call),
    off: (name, call) => heard[name]?.delete(call),
    receive(given) {
      for (const [k, v] of Object.entries(given)) state[k] = read(v);
      for (const k of Object.keys(given)) heard[`change:${k}`]?.forEach((call) => call());
    },
  };
  const tidy = widget.initialize({model: window.model});
  const close = widget.render({model: window.model, el: document.getElementById('el')});
  window.leave = () => { close(); tidy(); };
}"""
# Share of the canvas that is bone (light, yellowish), osteoid-free, by the red of each pixel.
COUNT = """() => {
  const shot = document.createElement('canvas'), from = document.querySelector('canvas');
  [shot.width, shot.height] = [from.width, from.height];
  const pen = shot.getContext('2d');
  pen.drawImage(from, 0, 0);
  const all = pen.getImageData(0, 0, shot.width, shot.height).data;
  const n = {bone: 0, red: 0, blue: 0, sum: 0}, size = all.length / 4;
  for (let i = 0; i < all.length; i += 4) {
    const [r, g, b, a] = all.subarray(i, i + 4);
    n.sum += (i % 7919) * r;
    if (a < 200) continue;
    if (r > g && g > b && r - b < 90 && r > 60) n.bone++;
    if (r > 1.8 * g && r > 90) n.red++;
    if (b > 1.3 * r && b > 70) n.blue++;
  }
  return {bone: n.bone / size, red: n.red / size, blue: n.blue / size, sum: n.sum};
}"""


def ball(n=48, radius=18.0, eroded=False, cells=None):
    """Return a snapshot of a solid ball of old bone, `n` voxels to a side."""
    z, y, x = np.indices((n, n, n)) - (n - 1) / 2
    far = np.sqrt(x**2 + y**2 + z**2)
    bone = np.clip(radius + 0.5 - far, 0, 1)
    state = 2 * (eroded & (np.abs(far - radius) < 1.5))
    layers = {"bone": bone, "osteoid": 0 * bone, "mineral": bone, "state": state}
    return Snapshot.of(0, layers, cells or {}, 20.0)


def traits(view, names=None):
    """Return the traits of a widget as JSON holds them."""
    given = view.get_state(names or view.keys)
    names = [n for n in given if not n.startswith("_") and n not in ("layout", "tabbable")]
    coded = {n: given[n] for n in names}
    return {
        n: {"bytes": base64.b64encode(v).decode()} if isinstance(v, bytes | memoryview) else v
        for n, v in coded.items()
    }


class Side:
    """A widget in Python and its picture in the browser."""

    def __init__(self, page, width=300, **given):
        self.page, self.view, self.width = page, VolumeView(**given), width

    def open(self, snapshot):
        self.view.show(snapshot)
        self.page.set_content(PAGE % self.width)
        self.page.evaluate(STAND_IN, [source(), traits(self.view)])
        return self.drawn()

    def send(self, *names):
        self.page.evaluate("(given) => model.receive(given)", traits(self.view, list(names)))
        return self.drawn()

    def show(self, snapshot):
        self.view.show(snapshot)
        names = ["shape", "matrix", "tint", "changed", "values", "points", "looks", "since"]
        return self.send(*names, "frame")

    def drawn(self):
        self.page.wait_for_function("model.get('shown') === model.get('frame')")
        self.page.wait_for_timeout(900)  # a coarse picture is drawn again at rest
        return self.page.evaluate(COUNT)


@pytest.fixture
def side(watched):
    return Side(watched)


def test_a_ball_of_bone_covers_its_share_of_the_picture(side):
    # Seen from 1.5 diagonals of the block, under 2 * atan(0.36).
    distance = 1.5 * sqrt(3) * 48
    seen = tan(atan(18 / sqrt(distance**2 - 18**2))) / 0.36  # of half the picture
    expected = pi * seen**2 / 4
    assert side.open(ball())["bone"] == pytest.approx(expected, rel=0.05)


def test_erosion_takes_bone_out_of_the_picture(side):
    before = side.open(ball(radius=18))["bone"]
    assert side.show(ball(radius=14))["bone"] == pytest.approx(before * (14 / 18) ** 2, rel=0.05)
    assert side.page.evaluate("model.get('since')") == 0


def test_only_what_changed_is_sent():
    view = VolumeView()
    first, second = ball(), ball()
    second.layers["bone"][24, 24, 24] = 0
    view.show(first)
    assert len(view.matrix) == 48**3 and view.since == -1
    view.show(second)
    assert view.since == 0 and len(view.changed) == 4 and len(view.values) == 4
    assert np.frombuffer(view.changed, "<u4")[0] == (24 * 48 + 24) * 48 + 24


def test_an_eroded_surface_is_red(side):
    assert side.open(ball())["red"] == 0
    assert side.show(ball(eroded=True))["red"] > 0.1


def test_the_cut_opens_the_block(side):
    shell = ball(radius=20)
    hollow = ball(radius=16).layers["bone"]
    shell.layers["bone"][...] -= np.minimum(shell.layers["bone"], hollow)
    whole = side.open(shell)
    side.view.at = 0.5
    cut = side.send("at")
    assert cut["bone"] != pytest.approx(whole["bone"], rel=0.02)
    assert cut["sum"] != whole["sum"]


def test_keys_and_mouse_turn_the_picture_without_python(side):
    snapshot = ball(cells={"osteoblast": np.array([[24, 3, 24]])})
    pictures = [side.open(snapshot)["sum"]]
    canvas = side.page.locator("canvas")
    canvas.focus()
    side.page.keyboard.press("ArrowLeft")
    pictures.append(side.drawn()["sum"])
    box = canvas.bounding_box()
    side.page.mouse.move(box["x"] + 150, box["y"] + 150)
    side.page.mouse.down()
    side.page.mouse.move(box["x"] + 220, box["y"] + 120, steps=3)
    side.page.mouse.up()
    pictures.append(side.drawn()["sum"])
    side.page.mouse.wheel(0, -300)
    pictures.append(side.drawn()["sum"])
    assert len(set(pictures)) == 4
    assert side.page.evaluate("sent") == []


def test_a_click_meets_the_cell_or_the_bone_that_is_in_front(watched):
    side = Side(watched, picks=True)
    side.open(ball(cells={"osteoblast": np.array([[24, 3, 24]])}))
    side.page.evaluate(
        """() => document.dispatchEvent(new CustomEvent('bone-turned',
        {detail: {from: null, group: '', camera: {yaw: 0, pitch: 0}}}))"""
    )
    canvas = side.page.locator("canvas")
    canvas.click(position={"x": 150, "y": 150})
    canvas.click(position={"x": 150, "y": 120})
    canvas.click(position={"x": 10, "y": 10})
    canvas.press("Enter")
    picked = [one["picked"] for one in side.page.evaluate("sent")]
    assert picked[0] == picked[2] == [24, 3, 24]
    z, y, x = picked[1]
    assert z > 26 and x in (23, 24)
    assert ball().layers["bone"][z, y, x] >= 127
    heard = []
    side.view.picked = heard.append
    side.view._asked(None, {"picked": picked[1]}, None)
    assert heard == [(z, y, x)]


def test_a_view_turned_fast_is_whole_again_at_rest(side):
    side.open(ball())
    canvas = side.page.locator("canvas")
    canvas.focus()
    for _ in range(15):
        canvas.press("ArrowLeft")
    side.drawn()
    assert canvas.evaluate("one => one.width === one.clientWidth")


def test_cells_before_bone_are_seen_and_those_behind_it_are_not(side):
    before = {"osteoblast": np.array([[30, 2, 30], [24, 1, 24]])}
    assert side.open(ball())["blue"] == 0
    seen = side.show(ball(cells=before))["blue"]
    assert seen > 0.0002
    inside = {"osteoblast": np.array([[24, 24, 24]])}
    assert side.show(ball(cells=inside))["blue"] == 0
    side.view.hidden.add("osteoblast")
    assert side.show(ball(cells=before))["blue"] == 0


def test_a_browser_that_missed_a_frame_asks_for_the_whole(side):
    side.open(ball())
    side.view.show(ball(radius=17))  # never sent
    side.view.show(ball(radius=16))
    names = ["changed", "values", "since", "frame"]
    side.page.evaluate("(given) => model.receive(given)", traits(side.view, names))
    assert side.page.evaluate("sent") == [{"wanted": "whole"}]
    side.view._asked(None, {"wanted": "whole"}, None)
    seen = side.send("shape", "matrix", "tint", "changed", "values", "since", "frame")
    assert 0.05 < seen["bone"] < 0.12


def test_without_webgl_a_slice_is_drawn_and_said(watched):
    side = Side(watched, flat_only=True)
    seen = side.open(ball())
    assert seen["bone"] == pytest.approx(np.pi * 18**2 / 48**2, rel=0.05)
    assert "no WebGL2" in side.page.locator("[role=status]").inner_text()


def test_the_picture_has_a_name_for_screen_readers(side):
    side.open(ball())
    side.view.label = "Day 3, bone volume 15 %"
    side.send("label")
    assert side.page.get_by_role("img", name="Day 3, bone volume 15 %").count() == 1


def test_views_of_one_group_turn_together(watched):
    side = Side(watched, group="twins")
    still = side.open(ball(cells={"osteoblast": np.array([[24, 3, 24]])}))["sum"]
    turn = json.dumps({"from": None, "group": "others", "camera": {"yaw": 2}})
    event = "document.dispatchEvent(new CustomEvent('bone-turned', {detail: %s}))"
    watched.evaluate(event % turn)
    assert side.drawn()["sum"] == still
    watched.evaluate(event % turn.replace("others", "twins"))
    assert side.drawn()["sum"] != still


def test_a_closed_view_listens_no_more(side):
    side.open(ball())
    side.page.evaluate("leave()")
    drawn = side.page.evaluate("document.querySelector('canvas').dataset.drawn")
    side.page.evaluate("model.receive({axis: 2, at: 0.3})")
    side.page.wait_for_timeout(100)
    assert side.page.evaluate("document.querySelector('canvas').dataset.drawn") == drawn
