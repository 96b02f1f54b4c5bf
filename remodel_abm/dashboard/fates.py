"""What each kind of cell may do next, and at what hazard today, where it stands.

The formulas are those of the kernels in `cells`, evaluated for one cell with the values of the
day. An entry is (parameter, hazard [1/d], what happens).
"""

import math

import numpy as np

from remodel_abm.cells.mesenchymal_stem_cell import FAT
from remodel_abm.cells.osteoblast import matrix_laid
from remodel_abm.signals.field import sense
from remodel_abm.signals.inflammation import inflammation
from remodel_abm.signals.rankl import occupancy, reaching
from remodel_abm.tissue import ERODED, FORMING, OPENED
from remodel_abm.tissue.matrix import CALLS


def _at(row):
    return int(row["z"]), int(row["y"]), int(row["x"])


def _level(model, signal, row) -> float:
    fields = model.signals.fields
    return float(sense(fields, getattr(fields, signal), *_at(row)))


def _occupied(model, row, membrane) -> float:
    return float(occupancy(model.signals.fields, model.tissue.layers, *_at(row), membrane))


def osteoclast(model, row, p):
    """Die, the sooner the less RANKL it gets; fall into osteomorphs; crawl on."""
    fed = _occupied(model, row, p.contact_rankl)
    dying = p.apoptosis_rate * (1.0 + p.starvation * (1.0 - fed))
    return [
        ("apoptosis_rate", dying, f"die; {100 * fed:.0f} % of its RANK is occupied"),
        ("fission_rate", p.fission_rate, "fall into osteomorphs"),
        ("detachment_rate", p.detachment_rate, "let go and crawl to fresh surface"),
    ]


def osteoclast_precursor(model, row, p):
    """Home to a call, commit there, give up, die."""
    fates = [("death_rate", p.death_rate, "die")]
    if row["stage"] == 0:
        pull = sum(float(call["rank"]) for call in _calls(model))
        half = p.half_calls * model.tissue.total_volume * 1e-9
        homing = p.homing_rate * pull / (pull + half)
        return [("homing_rate", homing, "go to a bare place that calls"), *fates]
    if row["stage"] == 1:
        fields, place = model.signals.fields, _at(row)
        free = reaching(fields, model.tissue.layers, *place, p.contact_rankl)
        needed = fields.affinity.rank_affinity / (1.0 + inflammation(fields, *place, p))
        commit = p.commitment_rate * free / (needed + free)
        told = f"commit to become an osteoclast; {free:.2g} pmol/L of free RANKL reach it"
        return [
            ("commitment_rate", commit, told),
            ("detachment_rate", p.detachment_rate, "give up and leave"),
            *fates,
        ]
    return [*fates]


def _calls(model):
    layers = model.tissue.layers
    return layers.calls[: layers.counts[CALLS]]


def preosteoblast(model, row, p):
    """Divide on TGF-beta; mature on IGF-1, braked by sclerostin; leave."""
    tgf = _level(model, "tgf_beta", row)
    rate = p.division_rate * tgf / (tgf + p.half_tgf)
    both = [
        ("division_rate", rate, "divide, while too few to form bone"),
        ("loss_rate", p.loss_rate, "leave"),
    ]
    if row["stage"] == 0:
        turn = ("reversal_time", 1.0 / p.reversal_time, "stop cleaning and become a pre-osteoblast")
        return [turn, *both]
    brake = 1.0 + _level(model, "sclerostin", row) / p.half_sclerostin
    rate = p.maturation_rate * float(row["primed"]) / brake
    return [("maturation_rate", rate, f"mature; sclerostin slows it {brake:.1f}-fold"), *both]


def osteoblast(model, row, p):
    """Die, flatten into a lining cell, or be buried as an osteocyte."""
    laid = matrix_laid(p, _level(model, "sclerostin", row))
    burial = p.lacunar_density * 1e-9 * laid
    return [
        ("apoptosis_rate", p.apoptosis_rate, "die"),
        ("lining_rate", p.lining_rate, "flatten into a lining cell"),
        ("lacunar_density", burial, f"be buried; it lays {laid:.0f} um3 a day"),
    ]


def lining_cell(model, row, p):
    """Draw back from resting surface; as canopy, send down reversal cells or line it again."""
    layers = model.tissue.layers
    if row["retracted"]:
        return _canopy(model, row, p)
    if layers.state[_at(row)] == FORMING:
        return []
    occupied = _occupied(model, row, p.membrane_rankl)
    driven = occupied**p.steepness
    drive = driven / (driven + p.half_occupancy**p.steepness)
    told = f"draw back and lay bone bare; RANK nearby would be {100 * occupied:.0f} % occupied"
    return [("retraction_rate", p.retraction_rate * drive, told)]


def _canopy(model, row, p):
    layers = model.tissue.layers
    watched = np.unravel_index(max(0, int(row["watched"])), layers.state.shape)
    state = layers.state[watched] if row["watched"] >= 0 and layers.exposed[watched] else 0
    if state == OPENED:
        return [("closing_rate", p.closing_rate, "line the surface again, which none has eroded")]
    if state != ERODED:
        return []
    tgf = float(sense(model.signals.fields, model.signals.fields.tgf_beta, *map(int, watched)))
    supply = p.supply_rate * tgf / (tgf + p.half_tgf) if row["density"] < p.covered_density else 0.0
    fates = [("supply_rate", supply, "send a reversal cell down to eroded surface")]
    if row["density"] <= 0.0:
        fates.append(("arrest_rate", p.arrest_rate, "line it over: no reversal cell has come"))
    return fates


def osteocyte(model, row, p):
    """Die of age; call for resorption while dying or when cut."""
    if row["stage"] == 1:
        ends = "die" if row["doomed"] else "recover"
        return [("calling_time", 1.0 / p.calling_time, f"{ends}; it shows RANKL until then")]
    fates = [("death_factor", math.log(2.0) / p.half_life * p.death_factor, "die of age")]
    if model.tissue.layers.severed[_at(row)]:
        told = "show RANKL: an osteoclast cut its canaliculi"
        fates.insert(0, ("severed_call_rate", p.severed_call_rate, told))
    return fates


def t_cell(model, row, p):
    """Activate, calm down, divide, leave."""
    if row["active"]:
        fates = [
            ("calming_rate", p.calming_rate, "calm down and stop secreting TNF, IL-1 and RANKL"),
            ("division_rate", p.division_rate, "divide"),
        ]
    else:
        fates = [("activation_rate", p.activation_rate, "become active and secrete cytokines")]
    return [*fates, ("death_rate", p.death_rate, "leave")]


def mesenchymal_stem_cell(model, row, p):
    """Home to a site as a reversal cell, or become fat."""
    dying = ("death_rate", p.death_rate, "die")
    if row["lineage"] == FAT:
        return [("commitment_rate", p.commitment_rate, "become fat"), dying]
    pull = sum(float(call["tgf"]) for call in _calls(model))
    half = p.half_calls * model.tissue.total_volume * 1e-9
    rate = p.homing_rate * pull / (pull + half)
    return [("homing_rate", rate, "go to a site that frees TGF-beta"), dying]


def adipocyte(model, row, p):
    """Die in time."""
    return [("death_rate", p.death_rate, "die")]


FATES = {
    one.__name__: one
    for one in (
        osteoclast, osteoclast_precursor, preosteoblast, osteoblast, lining_cell, osteocyte,
        t_cell, mesenchymal_stem_cell, adipocyte,
    )
}  # fmt: skip
