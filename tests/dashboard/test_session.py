"""A session lives, scrubs, branches and changes arms on its own thread, exactly."""

import os
import sys
import threading
from time import monotonic

import numpy as np
import pytest

from remodel_abm import Scenario
from remodel_abm.dashboard.session import MODESTY, Session
from remodel_abm.model import Model

PATIENCE = 120.0  # s; a kernel may have to compile


class Tab:
    """What a browser tab would keep, and waiting for it."""

    def __init__(self, scenario):
        self.changed = threading.Condition()
        self.last, self.said = {}, []
        self.session = Session(scenario, self.show)
        self.session.seen()
        self.wait(lambda: self.status.get("arms"))

    @property
    def status(self):
        return self.last.get("status", ({}, []))[0]

    def show(self, kind, content, buffers):
        with self.changed:
            self.last[kind] = content, buffers
            if kind == "say":
                self.said.append(content)
            self.changed.notify_all()
        if kind == "picture":
            self.session.seen()

    def wait(self, ready):
        with self.changed:
            assert self.changed.wait_for(ready, PATIENCE), (self.status, self.said)

    def ask(self, work):
        """Return what `work` finds on the thread of the session."""
        found = []

        def look(session):
            with self.changed:
                found.append(work(session))
                self.changed.notify_all()

        self.session.tell("call", work=look)
        self.wait(lambda: found)
        return found[0]

    def rest(self):
        """Wait until the arms stand still."""
        end = monotonic() + PATIENCE
        while self.ask(lambda session: session.moving):
            assert monotonic() < end
        return self

    def state(self, arm=0):
        self.rest()
        return self.ask(
            lambda session: {k: v.copy() for k, v in session.arms[arm].model.arrays().items()}
        )


@pytest.fixture
def tab(tiny):
    tab = Tab(tiny)
    yield tab
    tab.session.close()
    tab.session.thread.join(PATIENCE)
    assert not tab.session.thread.is_alive()


def straight(scenario, tick):
    model = Model(scenario)
    while model.tick < tick:
        model.step()
    return model.arrays()


def same(one, other):
    assert one.keys() == other.keys()
    return all(
        np.array_equal(one[key], other[key], equal_nan=one[key].dtype.kind == "f")
        if one[key].dtype.names is None
        else all(
            np.array_equal(one[key][f], other[key][f], equal_nan=one[key][f].dtype.kind == "f")
            for f in one[key].dtype.names
        )
        for key in one
    )


def test_play_stops_when_asked_and_shows_pictures_meanwhile(tab):
    tab.session.tell("speed", days_per_second=15)
    tab.session.tell("play")
    tab.wait(lambda: tab.status["day"] > -15)
    tab.session.tell("play", on=False)
    tab.rest()
    tab.wait(lambda: not tab.status["playing"])
    head = tab.last["picture"][0]["arms"][0]
    assert head["height"] == head["width"] == 48
    assert tab.last["picture"][0]["since"] > 0
    assert len(tab.last["picture"][1][0]) < 48 * 48, "only what changed travels"
    assert tab.ask(lambda session: session.arms[0].tick) < tab.ask(lambda s: s.last)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no priority of their own")
def test_the_thread_that_lives_lets_the_page_draw_first(tab):
    def niceness(thread):
        return os.getpriority(os.PRIO_PROCESS, thread.native_id)

    within = monotonic() + 10
    nicer = min(19, niceness(threading.main_thread()) + MODESTY)
    while niceness(tab.session.thread) != nicer:
        assert monotonic() < within


def test_a_browser_without_a_picture_is_sent_a_whole_one(tab):
    tab.session.tell("step", days=2)
    tab.rest()
    tab.session.seen(whole=True)
    tab.wait(lambda: tab.last["picture"][0]["since"] == 0)
    assert len(tab.last["picture"][1][0]) == 3 * 48 * 48


def test_a_day_gone_back_to_is_the_day_that_was_lived(tab, tiny):
    tab.session.tell("step", days=45)
    tab.rest()
    tab.session.tell("seek", day=-3.0)
    assert same(tab.state(), straight(tiny, 17))
    tab.session.tell("seek", day=21.0)
    assert same(tab.state(), straight(tiny, 41))
    tab.wait(lambda: tab.status["head"] == 25.0)


def test_a_branch_without_a_change_equals_the_straight_run_bit_for_bit(tab, tiny):
    tab.session.tell("step", days=40)
    tab.rest()
    tab.session.tell("seek", day=7.0)
    tab.rest()
    tab.session.tell("branch")
    tab.session.tell("step", days=15)
    assert same(tab.state(arm=1), straight(tiny, 42))
    assert same(tab.state(arm=0), tab.state(arm=1))
    assert tab.ask(lambda session: [arm.name for arm in session.arms]) == ["A", "B"]


def test_a_branch_with_a_change_is_a_file_that_runs_to_the_same_state(tab, tmp_path):
    tab.session.tell("step", days=25)
    tab.session.tell("branch", change={"off": ["M11"], "set": {"osteocyte.rankl_secretion": 2.0}})
    tab.session.tell("step", days=20)
    tab.rest()
    path = tmp_path / "branch.toml"
    path.write_text(tab.ask(lambda session: session.arms[1].scenario.to_toml()))
    branch = tab.state(arm=1)
    assert same(branch, straight(Scenario.load(path), int(branch["tick"])))
    assert not same(branch, tab.state(arm=0))
    assert tab.status["arms"][1]["off"] == ["M11"]


def test_a_change_before_the_first_day_simply_holds(tab):
    tab.session.tell("change", change={"off": ["M02"], "drop": ["ovary"]})
    scenario = tab.ask(lambda session: session.arms[0].scenario)
    assert scenario.off == ("M02",)
    assert scenario.change == ()
    assert [name for name, _ in scenario.schedule] == ["estrogen", "ageing"]


def test_twins_share_bone_and_draws_and_differ_by_their_story(tab):
    tab.session.tell("twins", scenario="surgical-menopause")
    tab.session.tell("step", days=10)
    tab.rest()
    first, second = tab.ask(lambda session: [arm.scenario for arm in session.arms])
    assert (first.seed, first.bone, first.settling) == (second.seed, second.bone, second.settling)
    assert "oophorectomy" in dict(second.schedule)
    assert np.array_equal(
        tab.ask(lambda s: s.arms[0].bone[0]), tab.ask(lambda s: s.arms[1].bone[0])
    )


def test_it_stops_at_an_event(tab):
    tab.session.tell("until", event="perforation")
    tab.wait(lambda: tab.said or not tab.status["playing"])
    tab.rest()
    told = tab.said[-1]["text"]
    names = ("perforations", "rod_losses")
    cut = tab.ask(lambda s: sum(s.arms[0].model.record.latest(name) for name in names))
    assert ("perforation" in told and cut > 0) or "end" in told


def test_bad_wishes_are_answered_with_a_sentence(tab):
    tab.session.tell("change", change={"off": ["M99"]})
    tab.session.tell("fly")
    tab.session.tell("until", event="christmas")
    tab.wait(lambda: len(tab.said) == 3)
    told = " ".join(one["text"] for one in tab.said)
    assert "no mechanism 'M99'" in told
    assert "'fly'" in told
    assert "christmas" in told


def test_a_crash_of_the_model_leaves_a_message_and_a_session_that_goes_on(tab, monkeypatch, capfd):
    tab.session.tell("step", days=33)
    tab.rest()
    whole = Model._act

    def crash(model, now):
        if model.tick == 35:
            msg = "osteoclasts on strike"
            raise RuntimeError(msg)
        whole(model, now)

    monkeypatch.setattr(Model, "_act", crash)
    tab.session.tell("play")
    tab.wait(lambda: tab.said)
    assert "osteoclasts on strike" in tab.said[-1]["text"]
    monkeypatch.setattr(Model, "_act", whole)
    tab.session.tell("step", days=3)
    tab.rest()
    assert tab.ask(lambda session: session.arms[0].tick) > 30
    capfd.readouterr()


def test_the_past_stays_within_its_bounds(tab):
    def squeeze(session):
        session.arms[0].states.most = 8
        session.arms[0].pictures.budget = 40_000

    tab.ask(squeeze)
    for _ in range(20):
        tab.session.tell("step", days=2)
        tab.session.tell("call", work=lambda s: s.arms[0].keep_state())
        tab.rest()
    states, size = tab.ask(lambda s: (sorted(s.arms[0].states.packed), s.arms[0].pictures.size))
    assert len(states) <= 8
    assert states[0] == 0
    assert size <= 40_000


def test_why_tells_what_lives_there_and_what_it_may_do(tab):
    tab.session.tell("step", days=25)
    tab.rest()
    y, x = tab.ask(lambda s: [int(s.arms[0].model.cells["lining_cell"].living[0][a]) for a in "yx"])
    tab.session.tell("ask", y=y, x=x)
    tab.wait(lambda: "why" in tab.last)
    told = tab.last["why"][0]
    assert told["cell"]["kind"] == "lining_cell"
    assert 0 <= told["cell"]["fates"][0]["chance"] < 1
    names = [name for name, _, _ in told["senses"]]
    assert {"rankl", "opg", "sclerostin"} <= set(names)
