"""Cells are agents to whoever uses Mesa: registers, sets, collectors, removal (3.3.1 and 3.5)."""

import mesa
import numpy as np
import pytest

from remodel_abm.cells import found
from remodel_abm.cells.osteoblast import Osteoblast
from remodel_abm.cells.osteoclast import Osteoclast
from remodel_abm.cells.osteocyte import Osteocyte
from remodel_abm.cells.preosteoblast import Preosteoblast
from remodel_abm.model import Model
from remodel_abm.scenario import Scenario

TINY = {"bone": {"shape": (1, 32, 32)}, "years": 1.0, "settling": 0.0}


@pytest.fixture
def model():
    made = Model(Scenario.load("menopause", **TINY))
    yield made
    made.close()


def registered(model):
    """Return how many agents Mesa itself holds, without looking through our properties."""
    return len(model._all_agents)


def population(model, kind=Osteocyte):
    return model.cells[kind.name]


def some(model, kind=Osteocyte):
    return model.agents_by_type[kind]


def test_the_model_is_a_mesa_model(model):
    assert isinstance(model, mesa.Model)
    assert issubclass(Osteocyte, mesa.Agent)
    assert model.running
    model.step()
    assert model.steps == 1


def test_a_day_makes_no_views(model):
    for _ in range(3):
        model.step()
    assert registered(model) == 0


def test_views_are_made_when_someone_looks(model):
    model.step()
    assert len(model.agents) == sum(len(one) for one in model.cells.values()) > 0
    assert registered(model) == len(model.agents)


def test_looking_changes_nothing(model):
    blind, seen = model, Model(Scenario.load("menopause", **TINY))
    for _ in range(3):
        blind.step()
        seen.step()
        assert len(seen.agents) > 0
    first, second = blind.arrays(), seen.arrays()
    seen.close()
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


def test_agents_stand_by_type(model):
    for kind, agents in model.agents_by_type.items():
        assert len(agents) == len(population(model, kind))
        assert all(type(agent) is kind for agent in agents)
    assert model.agents_by_type[Osteocyte].get("identity") == (
        population(model).living["id"].tolist()
    )


def test_agents_have_numbers_of_their_own(model):
    numbers = model.agents.get("unique_id")
    assert len(set(numbers)) == len(numbers)
    assert all(agent.model is model for agent in model.agents)


def test_an_agent_reads_its_row(model):
    rows = population(model).living
    for agent, row in zip(some(model), rows, strict=True):
        assert agent.pos == (row["z"], row["y"], row["x"])
        assert (agent.stage, agent.born, agent.site) == (row["stage"], row["born"], row["site"])
        assert agent.is_alive


def test_an_agent_reads_plain_numbers(model):
    agent = next(iter(some(model)))
    assert [type(agent.x), type(agent.born), type(agent.alive)] == [int, float, bool]


def test_an_agent_writes_its_row(model):
    agent = next(iter(some(model)))
    agent.stage = 2
    agent.x = 5
    row = population(model).rows[population(model).row_of(agent.identity)]
    assert (row["stage"], row["x"]) == (2, 5)


def test_an_agent_takes_a_place(model):
    agent = next(iter(some(model)))
    agent.pos = (0, 3, 4)
    assert (agent.z, agent.y, agent.x) == (0, 3, 4)


def test_what_a_kind_does_not_have_is_no_attribute(model):
    agent = next(iter(some(model)))
    with pytest.raises(AttributeError, match="Osteocyte has no attribute 'nuclei'"):
        _ = agent.nuclei
    assert not hasattr(agent, "nuclei")


def test_a_user_can_hang_something_on_an_agent(model):
    agent = next(iter(some(model)))
    agent.colour = "red"
    model.step()
    assert next(iter(some(model))).colour == "red"


def test_a_user_writes_and_kernels_read(model):
    for agent in some(model):
        agent.stage = 2
    model.step()
    assert population(model).living["stage"].tolist() == [2] * len(population(model))
    assert set(some(model).get("stage")) == {2}


def test_sets_select_and_get(model):
    left = some(model).select(lambda agent: agent.x < 16)
    xs = population(model).living["x"]
    assert len(left) == np.count_nonzero(xs < 16)
    assert sorted(left.get("x")) == sorted(xs[xs < 16].tolist())
    assert model.agents.select(agent_type=Osteocyte).get("stage") == some(model).get("stage")


def test_sets_aggregate(model):
    rows = population(model).living
    assert some(model).agg("x", max) == rows["x"].max()
    assert some(model).agg("y", sum) == rows["y"].sum()


def test_sets_set_and_do(model):
    some(model).set("site", 7)
    assert set(population(model).living["site"].tolist()) == {7}
    model.agents.do("step")
    model.agents.shuffle_do("step")
    some(model).do(lambda agent: setattr(agent, "site", 8))
    assert set(population(model).living["site"].tolist()) == {8}


def test_sets_group(model):
    groups = model.agents.groupby(lambda agent: type(agent).name)
    assert {name: len(group) for name, group in groups} == {
        name: len(one) for name, one in model.cells.items() if len(one)
    }
    sides = some(model).groupby(lambda agent: agent.x < 16).count()
    assert sum(sides.values()) == len(population(model))


def test_sets_sort(model):
    assert some(model).sort("x", ascending=True).get("x") == sorted(population(model).living["x"])


def test_a_collector_reads_model_and_agents(model):
    collector = mesa.DataCollector(
        model_reporters={
            "osteocytes": lambda m: len(m.agents_by_type[Osteocyte]),
            "day": "day",
        },
        agent_reporters={"x": "x", "kind": lambda agent: type(agent).name},
        agenttype_reporters={Osteocyte: {"stage": "stage"}},
    )
    collector.collect(model)
    model.step()
    collector.collect(model)
    table = collector.get_model_vars_dataframe()
    assert table["day"].tolist() == [0.0, 1.0]
    assert table["osteocytes"].iloc[-1] == len(population(model))
    agents = collector.get_agent_vars_dataframe()
    last = agents.xs(agents.index.get_level_values(0).max())
    assert (last["kind"] == "osteocyte").sum() == len(population(model))
    osteocytes = last[last["kind"] == "osteocyte"]["x"]
    assert sorted(osteocytes) == sorted(population(model).living["x"])
    assert len(collector.get_agenttype_vars_dataframe(Osteocyte)) > 0


def test_a_removed_agent_leaves_the_tissue(model):
    agent, others = next(iter(some(model))), len(model.agents)
    agent.remove()
    assert not agent.is_alive
    assert len(model.agents) == others - 1
    assert agent not in model.agents
    assert agent.identity not in population(model).living["id"]
    agent.remove()
    model.step()
    assert agent.identity not in population(model).living["id"]


def test_a_death_in_the_tissue_shows_at_the_next_look(model):
    agents = list(some(model))
    one = population(model)
    one.rows["fate"][one.row_of(agents[0].identity)] = 1
    model.step()
    assert agents[0] not in model.agents
    assert not agents[0].is_alive
    assert set(some(model)) <= set(agents[1:])


def newborn(model, identity, kind=Osteocyte):
    rows = np.zeros(1, population(model, kind).dtype)
    rows["id"], rows["site"] = identity, -1
    return rows


def test_a_birth_shows_at_the_next_look(model):
    before = set(model.agents)
    population(model).admit(newborn(model, 4242), 0.0)
    new = set(model.agents) - before
    assert [agent.identity for agent in new] == [4242]
    assert before < set(model.agents)


def test_a_kind_that_nobody_was_of_appears(model):
    assert Osteoclast not in model.agents_by_type
    population(model, Osteoclast).admit(newborn(model, 5, Osteoclast), 0.0)
    assert [agent.nuclei for agent in model.agents_by_type[Osteoclast]] == [0]


def test_an_agent_stays_the_same_while_its_cell_lives_and_rows_are_swept(model):
    one = population(model)
    kept = list(some(model))[len(one) - 1]
    place = kept.pos
    for identity in one.living["id"][:-1].tolist():
        one.rows["alive"][one.row_of(identity)] = False
    one.version += 1
    one.sweep()
    for k in range(100):
        one.admit(newborn(model, 10_000 + k), 0.0)
        one.rows["alive"][-1] = k % 2 == 0
        one.version += 1
    one.sweep()
    assert kept.is_alive
    assert kept.pos == place
    assert kept in some(model)


def test_agents_follow_a_restored_state(model):
    kept = {name: array.copy() for name, array in model.arrays().items()}
    agent = next(iter(some(model)))
    agent.remove()
    model.restore(kept)
    assert agent.identity in some(model).get("identity")
    assert len(model.agents) == sum(len(one) for one in model.cells.values())


def test_the_seed_of_the_scenario_is_the_seed_of_mesa(model):
    other = Model(model.scenario)
    assert model.random.random() == other.random.random()
    assert model.rng.random() == other.rng.random()
    other.close()


@pytest.mark.parametrize(
    ("kind", "layer"),
    [(Osteoclast, "clasts"), (Osteoblast, "crew"), (Preosteoblast, "crew")],
)
def test_a_removed_agent_is_no_longer_counted_where_it_was(model, kind, layer):
    own = {"seated": 1} if "seated" in kind.columns else {}
    place, identity = np.array([[0, 4, 5]]), np.array([7], dtype="u8")
    model.cells[kind.name] = found(kind, place, identity, 0.0, **own)
    layers = model.tissue.layers
    counts = getattr(layers, layer)
    counts[0, 4, 5] = 3
    agent = next(iter(some(model, kind)))
    agent.remove()
    agent.remove()
    assert counts[0, 4, 5] == 2
