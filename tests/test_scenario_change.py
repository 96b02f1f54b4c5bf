"""A change half-way is lived from its day on, leaves the days before alone, and is a file."""

import numpy as np
import pytest

from remodel_abm import InputError, Scenario
from remodel_abm.cells import placing
from remodel_abm.model import Model
from remodel_abm.scenario import chapters

DAY = 10.0
CHANGE = {
    "day": DAY,
    "set": {"osteoclast.apoptosis_rate": 0.1},
    "off": ["M11"],
    "schedule": [{"part": "hormone_therapy", "start": DAY, "dose": 2.0}],
}


def lived(scenario, days):
    model = Model(scenario)
    states = {}
    for _ in range(round(scenario.settling) + days):
        model.step()
        states[model.day] = {name: array.copy() for name, array in model.arrays().items()}
    model.close()
    return model, states


def same(one, other):
    return all(values(one[key]) == values(other[key]) for key in one)


def values(array):
    """Return the bytes of an array, those between the fields of a row left out."""
    if array.dtype.names is None:
        return array.tobytes()
    return b"".join(array[name].tobytes() for name in array.dtype.names)


@pytest.fixture(scope="module")
def changed(tiny):
    return tiny.with_(change=[CHANGE])


def test_a_change_survives_writing_and_reading(changed, tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(changed.to_toml())
    again = Scenario.load(path)
    assert again.change == changed.change
    assert again.change[0].off == ("M11",)


def test_days_before_a_change_are_lived_as_without_it(tiny, changed):
    _, straight = lived(tiny, 12)
    model, other = lived(changed, 12)
    assert same(straight[DAY], other[DAY])
    assert not same(straight[DAY + 2], other[DAY + 2])
    assert model.values["osteoclast"].apoptosis_rate == 0.1
    assert model.values["estrogen"].activation_fold == 1.0
    course = model.record.wide()["e2"]
    # A dose of 2 mg adds 360 pmol/L in the end, and two sevenths of a time constant are over.
    assert course[DAY + 2] - course[DAY] > 40.0


def test_a_state_from_before_the_change_goes_on_through_it_to_the_same_bytes(changed):
    _, states = lived(changed, 15)
    for day in (5.0, DAY, DAY + 1):
        model = Model(changed)
        model.restore(states[day])
        while model.day < 15:
            model.step()
        assert same(states[15.0], model.arrays())
        model.close()


def test_changes_add_up_in_the_order_of_their_days(tiny):
    scenario = tiny.with_(
        change=[
            {"day": "2 yr", "off": [], "drop": ["ovary"]},
            {"day": "1 yr", "off": ["M01", "M02"], "set": {"tissue.load": 2.0}},
        ]
    )
    first, middle, last = chapters(scenario)
    assert (first.off, middle.off, last.off) == ((), ("M01", "M02"), ())
    assert "ovary" in dict(middle.schedule)
    assert "ovary" not in dict(last.schedule)
    assert dict(last.set)["tissue.load"] == 2.0


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"set": {}}, "needs 'day'"),
        ({"day": 1, "of": ["M01"]}, "did you mean 'off'"),
        ({"day": 1, "off": ["M99"]}, "no mechanism 'M99'"),
        ({"day": 1, "set": {"osteoclast.radius": 900}}, "outside"),
        ({"day": 1, "set": {"tissue.section_depth": 60}}, "cannot change later"),
        ({"day": 1, "drop": ["overy"]}, "did you mean 'ovary'"),
        ({"day": 1, "set": [1]}, "is not a table"),
        ({"day": "soon"}, "day"),
    ],
)
def test_a_bad_change_is_refused_by_name(tiny, change, told):
    with pytest.raises(InputError, match=told):
        tiny.with_(change=[change])


BRUSH = [
    ["marrow", 0, 36, 10, 60.0], ["bone", 0, 4, 4, 40.0], ["t_cell", 0, 10, 40, 10.0],
    ["no cells", 0, 40, 10, 80.0],
]  # fmt: skip


def test_a_brush_puts_in_and_takes_out_and_the_books_still_balance(tiny, tmp_path):
    painted = tiny.with_(change=[{"day": DAY, "brush": BRUSH}])
    path = tmp_path / "painted.toml"
    path.write_text(painted.to_toml())
    assert Scenario.load(path).change == painted.change
    model, states = lived(painted, 20)
    _, plain = lived(tiny, 20)
    assert same(states[DAY], plain[DAY])
    before, after = (states[day]["tissue/voxels"]["bone"] for day in (DAY, DAY + 1))
    assert before[0, 34:39, 8:13].sum() > 0
    assert after[0, 34:39, 8:13].sum() == 0
    assert after[0, 3:6, 3:6].min() > 0.9
    assert len(states[DAY + 1]["cells/t_cell"]) >= len(plain[DAY + 1]["cells/t_cell"])
    assert all(check["passed"] for check in model.audit.report(model).values())


def test_a_painted_state_resumed_is_not_painted_twice(tiny):
    painted = tiny.with_(change=[{"day": DAY, "brush": BRUSH}])
    _, states = lived(painted, 15)
    for day in (DAY, DAY + 1):
        model = Model(painted)
        model.restore(states[day])
        while model.day < 15:
            model.step()
        assert same(states[15.0], model.arrays())
        model.close()


def test_a_bad_stroke_is_refused(tiny):
    with pytest.raises(InputError, match="being one of bone, marrow"):
        tiny.with_(change=[{"day": 1, "brush": [["osteoclast", 0, 1, 1, 10.0]]}])


def test_a_brush_puts_cells_in_whatever_the_seed_and_the_day(tiny):
    where = np.array([[0, 5, 5], [0, 40, 9]])
    model = Model(tiny)
    for seed in range(8):
        for tick in range(4):
            now = model.now._replace(seed=np.uint64(seed), tick=tick)
            placing.put(model.cells["t_cell"], where, now)
    ids = model.cells["t_cell"].living["id"]
    assert len(ids) >= 64 and len(set(ids.tolist())) == len(ids)
