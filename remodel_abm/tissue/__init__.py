"""The tissue: what each voxel of bone and marrow holds, and the record of what was done to it.

Arrays are ``[z, y, x]``, lengths in um, y points down, z is the loading axis of a volume. A 2-D
section is a volume one voxel deep whose voxels are `depth` um thick: one osteoclast's width, so
that a remodeling site seen in section is one layer of cells deep. A voxel holds continuous
fractions, never a yes or no: the whole menopausal change in erosion depth is half a voxel (I7).

States of a surface voxel: 0 quiescent, 1 opened, 2 eroded, 3 forming.
"""

from typing import NamedTuple

import numpy as np

from remodel_abm.declare import Param, Part
from remodel_abm.kernel import Direct
from remodel_abm.tissue import matrix
from remodel_abm.tissue.blocks import blocks_of
from remodel_abm.tissue.fill import refill_all
from remodel_abm.tissue.islands import lose_islands
from remodel_abm.tissue.strain import Strain

QUIESCENT, OPENED, ERODED, FORMING = 0, 1, 2, 3

SITE = np.dtype(
    [
        ("z", "i4"), ("y", "i4"), ("x", "i4"),
        ("opened", "f8"), ("first_resorbed", "f8"), ("last_resorbed", "f8"),
        ("first_formed", "f8"), ("last_formed", "f8"),
        ("area", "f8"), ("resorbed", "f8"), ("clast_resorbed", "f8"), ("formed", "f8"),
        ("floor", "f8"), ("floor_depth", "f8"),
        ("reversal_sum", "f8"), ("reversal_n", "f8"),
        ("osteoid_days", "f8"), ("extent", "f8"),
    ]
)  # fmt: skip
BREAK = np.dtype([("day", "f8"), ("z", "i4"), ("y", "i4"), ("x", "i4"), ("kind", "i4")])
CALL = np.dtype([("z", "i4"), ("y", "i4"), ("x", "i4"), ("rank", "f8"), ("tgf", "f8")])
POWER = np.dtype([("base", "f8"), ("exponent", "f8"), ("power", "f8")])

VOXEL = np.dtype(
    [
        ("bone", "f8"),  # mineralised matrix [1]
        ("osteoid", "f8"),  # matrix not yet mineralised [1]
        ("missing", "f8"),  # mineral still missing, referred to day 0 by exp(day / secondary time)
        ("born", "f8"),  # bone times its day of formation [d]
        ("since", "f8"),  # day on which erosion began here [d]
    ]
)

SEAT = np.dtype([("state", "u1"), ("exposed", "u1"), ("crew", "i2"), ("site", "i4")])
APART = {
    "ready": "u1", "severed": "u1", "listed": "u1", "membrane": "f8", "clasts": "i2",
    "joining": "i2", "below": "f4",
}  # fmt: skip


class Layers(NamedTuple):
    """What kernels see of the tissue: the voxels, lists, and constants.

    The matrix of a voxel is one record of 40 bytes, since who changes it asks for several fields at
    once. What cells look at together in one voxel after another is a `SEAT` of 8 bytes, and what
    they mostly find nothing in stands apart, many voxels to a cache line. `counts` holds how much
    of each list is in use, `ledger` the running totals of the balance (see `matrix`).
    """

    voxels: np.ndarray  # (nz, ny, nx) of VOXEL
    seats: np.ndarray  # (nz, ny, nx) of SEAT: what the next four are views of
    state: np.ndarray  # (nz, ny, nx) uint8, see the door
    exposed: np.ndarray  # (nz, ny, nx) uint8: faces that look at marrow
    crew: np.ndarray  # (nz, ny, nx) int16: osteoblast-lineage cells at work here
    site: np.ndarray  # (nz, ny, nx) int32: the last remodeling site that was here, -1 if none
    listed: np.ndarray  # (nz, ny, nx) uint8: 1 where `surface` holds the voxel
    severed: np.ndarray  # (nz, ny, nx) uint8: 1 where an osteoclast cut the canaliculi
    membrane: np.ndarray  # (nz, ny, nx): RANKL that dying osteocytes' dendrites offer [pmol/L]
    ready: np.ndarray  # (nz, ny, nx) uint8: pre-osteoblasts, of the crew, that wait to form
    clasts: np.ndarray  # (nz, ny, nx) int16: osteoclasts centred here
    joining: np.ndarray  # (nz, ny, nx) int16: committed precursors that wait for one of them
    below: np.ndarray  # (nz, ny, nx) float32: depth of what is eroded, see `pit` [um]
    fill: np.ndarray  # (nz, ny, nx + 1) int32: matrix of a row up to each voxel, see `fill`
    blocks: np.ndarray  # int16, voxels with osteoclasts in each block, see `blocks`
    soft: np.ndarray  # int64, flat indices of voxels with osteoid
    sites: np.ndarray  # rows of SITE
    breaks: np.ndarray  # rows of BREAK
    calls: np.ndarray  # rows of CALL: opened surface that calls precursors today
    surface: np.ndarray  # int64, flat indices: every voxel with exposed faces, and some without
    counts: np.ndarray  # int64: soft, sites, breaks, calls, surface
    ledger: np.ndarray  # float64 totals, indices in `matrix`
    strain: np.ndarray  # strain relative to the habitual one, on a coarse grid [1]
    powers: np.ndarray  # (2, ...) of POWER: powers of it that were asked for, to look up again
    strain_factor: int  # voxels per coarse voxel
    voxel: float  # edge [um]
    depth: float  # height along z [um]
    volume: float  # of a voxel [um3]
    face: float  # mean true surface per exposed face of a digitised surface [um2]


class Tissue(Part):
    """Bone and marrow of one run.

    Parameters
    ----------
    fraction : (nz, ny, nx) array
        Share of each voxel that is mineralised matrix on the first day. [1]
    voxel : float
        Edge. [um]
    values : Tissue.Values
        Parameters of the tissue.
    rng_seed : int
        Seed of the ages of the starting matrix.
    day : float
        First day of the run, negative while it settles in; ages count from it. [d]
    """

    name = "tissue"

    section_depth = Param(
        50.0, "um", 10.0, 100.0, "P09", "assumed",
        "thickness that a 2-D section stands for: one osteoclast's width",
    )  # fmt: skip
    mineralization_time = Param(
        20.0, "d", 8.0, 25.0, "P21", "measured",
        "mean time from osteoid to mineralised matrix (Mlt)", "human, trabecular", "P21",
    )  # fmt: skip
    least_osteoid = Param(
        2.5, "um", 0.2, 3.0, "P21", "assumed",
        "osteoid left by the last osteoblast that is thinner than this counts as mineralised: no "
        "stain shows it",
    )  # fmt: skip
    primary_mineral = Param(
        0.70, "1", 0.60, 0.75, "P26", "measured",
        "share of full mineral reached in the primary phase", "human", "P26",
    )  # fmt: skip
    secondary_time = Param(
        730.0, "d", 365.0, 1460.0, "P26", "measured",
        "time constant of secondary mineralization", "human", "P26",
    )  # fmt: skip
    initial_age = Param(
        2400.0, "d", 900.0, 4000.0, "P22b", "derived",
        "mean age of matrix at the start: one over a turnover of 15 %/yr", "premenopausal", "P22b",
    )  # fmt: skip
    splinter = Param(
        60.0, "um", 0.0, 150.0, "Liu2008", "assumed",
        "edge of the largest loose piece that is lost in a section, or lost unlogged in a volume",
    )  # fmt: skip
    strain_reach = Param(
        200.0, "um", 100.0, 400.0, "M25g", "assumed",
        "how far around a place bone shares its load: a quarter of Tb.Sp (P02) on each side",
    )  # fmt: skip
    least_load = Param(
        0.05, "1", 0.01, 0.2, "M35", "assumed", "of the habitual load: what muscles pull in bed"
    )
    load = Param(
        1.0,
        "1",
        0.0,
        5.0,
        "M25",
        "assumed",
        "load relative to the one the bone is adapted to",
    )
    full_mineral_density = Param(
        1200.0, "mg/cm3", 1000.0, 1300.0, "Ruffoni2008", "derived",
        "hydroxyapatite per volume of fully mineralised matrix",
    )  # fmt: skip

    def __init__(
        self, fraction: np.ndarray, voxel: float, values, rng_seed: int = 0, day: float = 0.0
    ):
        self.p = values
        self.voxel = float(voxel)
        self.is_section = fraction.shape[0] == 1
        self.depth = float(values.section_depth) if self.is_section else self.voxel
        self.shape = fraction.shape
        self.strain = Strain(fraction, self.voxel, self.p.strain_reach)
        self.layers = self._lay_out(fraction, rng_seed, day)
        self._mineralise = Direct(matrix.mineralise)

    def _lay_out(self, fraction, rng_seed, day) -> Layers:
        voxels, (nz, ny, nx) = np.zeros(fraction.shape, VOXEL), fraction.shape
        seats = np.zeros(fraction.shape, SEAT)
        bone = np.where(fraction < matrix.DUST, 0.0, fraction)
        formed = day - matrix.packet_ages(fraction.shape, self.voxel, self.p.initial_age, rng_seed)
        young = np.exp(formed / self.p.secondary_time)
        voxels["bone"], voxels["born"], seats["site"] = bone, bone * formed, -1
        voxels["missing"] = bone * (1.0 - self.p.primary_mineral) * young
        layers = Layers(
            voxels=voxels, seats=seats, **{name: seats[name] for name in SEAT.names},
            **{name: np.zeros(voxels.shape, kind) for name, kind in APART.items()},
            fill=np.zeros((nz, ny, nx + 1), "i4"), blocks=blocks_of(np.zeros(voxels.shape)),
            soft=np.zeros(1024, "i8"),
            sites=np.zeros(256, SITE), breaks=np.zeros(1024, BREAK), calls=np.zeros(256, CALL),
            surface=np.zeros(0, "i8"), counts=np.zeros(matrix.LISTS, "i8"),
            ledger=np.zeros(matrix.LEDGER, "f8"),
            strain=self.strain.relative, powers=np.zeros((2, *self.strain.start.shape), POWER),
            strain_factor=self.strain.factor,
            voxel=self.voxel, depth=self.depth, volume=self.voxel**2 * self.depth,
            face=self.voxel * self.depth * (np.pi / 4 if self.is_section else 2 / 3),
        )  # fmt: skip
        matrix.expose_all(layers)
        surface = np.flatnonzero(layers.exposed)
        layers.listed[:] = layers.exposed > 0
        layers.counts[matrix.SURFACE] = len(surface)
        spare = np.zeros(len(surface) + 1024, "i8")
        return layers._replace(surface=np.concatenate([surface, spare]))

    @property
    def matrix(self) -> np.ndarray:
        """Share of each voxel that is matrix, mineralised or not. [1]"""
        return self.layers.voxels["bone"] + self.layers.voxels["osteoid"]

    @property
    def total_volume(self) -> float:
        """Volume of the whole piece of tissue. [um3]"""
        return self.layers.volume * self.layers.voxels.size

    @property
    def marrow_volume(self) -> float:
        """Volume that is not matrix, from the running balance. [um3]"""
        ledger = self.layers.ledger
        return self.total_volume - ledger[matrix.BONE] - ledger[matrix.OSTEOID]

    @property
    def faces(self) -> int:
        """Number of faces of matrix that look at marrow."""
        faces = np.zeros(4)
        matrix.count_faces(self.layers, faces)
        return int(faces.sum())

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the state of the tissue, by name."""
        kept = {k: v for k, v in self.layers._asdict().items() if isinstance(v, np.ndarray)}
        for derived in ("seats", "powers", "fill", "blocks"):
            del kept[derived]
        return {**kept, "start": self.strain.start}

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over the state that `arrays` gave."""
        arrays = dict(arrays)
        self.strain.start = arrays.pop("start")
        # Kernels that were called already take tables of their own types only.
        kept = {k: v.astype(getattr(self.layers, k).dtype) for k, v in arrays.items()}
        for name in SEAT.names:
            self.layers.seats[name] = kept.pop(name)
        self.layers = self.layers._replace(**kept, blocks=blocks_of(kept["clasts"]))
        self.strain.relative = self.layers.strain
        refill_all(self.layers)

    def ensure_room(self) -> None:
        """Grow the lists that kernels append to; they never grow them themselves."""
        layers, counts = self.layers, self.layers.counts
        grown = {}
        for index, name in enumerate(("soft", "sites", "breaks", "calls", "surface")):
            used, rows = counts[index], getattr(layers, name)
            room = max(1024, len(layers.soft)) if name == "soft" else len(rows)
            if used * 2 > len(rows):
                grown[name] = np.concatenate([rows, np.zeros(room, rows.dtype)])
        if grown:
            self.layers = layers._replace(**grown)

    def mature(self, p, now) -> None:
        """Mineralise osteoid for one step; once a month lose islands and find the new strains."""
        self.p = p
        self._mineralise(self.layers, p, now)
        if self.strain.is_due(now):
            lose_islands(self.layers, self.is_section, p.splinter, now)
            matrix.tidy_surface(self.layers)
            self.strain.update(self.matrix, max(p.load, p.least_load))

    def mineral(self, day: float) -> np.ndarray:
        """Mineral of each voxel as a share of a voxel full of fully mineralised matrix. [1]"""
        voxels = self.layers.voxels
        left = voxels["missing"] * np.exp(-day / self.p.secondary_time)
        return np.maximum(voxels["bone"] - left, 0.0)
