"""A small ensemble, run once: two arms, two bones, two seeds, a hundred days each."""

import pytest

SMALL = {"settling": 30, "years": 70 / 365.25, "checkpoint_every": 20}

MEASURES = ["hormones", "bone_volume", "markers", "surfaces", "cell_counts", "density"]


@pytest.fixture(scope="session")
def arms():
    """Return two arms that differ from day 10 on."""
    from remodel_abm import Scenario

    bone = {"shape": (1, 40, 40), "tb_th": 120.0, "bv_tv": 0.25}
    # Surfaces open and precursors commit easily, so that so little bone is resorbed in so few days.
    easily = {
        "lining_cell.retraction_rate": 0.5, "lining_cell.half_occupancy": 0.3,
        "osteoclast_precursor.contact_rankl": 20.0, "osteoclast_precursor.half_calls": 1.0,
    }  # fmt: skip
    whole = Scenario.load("reference", bone=bone, measures=MEASURES, set=easily, **SMALL)
    ovaries = [{"part": "oophorectomy", "day": 10}]
    return {"intact": whole, "removed": whole.with_(schedule=ovaries)}


@pytest.fixture(scope="session")
def small(arms, tmp_path_factory):
    """Return the ensemble, lived in this process."""
    from remodel_abm import ensemble

    folder = tmp_path_factory.mktemp("ensemble") / "small"
    return ensemble.run(arms, folder, replicates=2, bones=["section:1", "section:2"], workers=0)
