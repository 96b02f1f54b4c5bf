"""The model: builds everything a scenario names, and lives one step at a time."""

from time import perf_counter

import mesa
import numpy as np

from remodel_abm import aside, ledger
from remodel_abm.audit import Audit
from remodel_abm.cells import Now, pass_on, placing
from remodel_abm.cells.seeding import arrive, seed
from remodel_abm.measures import Scene, SlowMeasure
from remodel_abm.results import Quantity, Record
from remodel_abm.scenario import Scenario, chapters, laws, values_of
from remodel_abm.signals import Signals
from remodel_abm.tissue import Tissue, brush
from remodel_abm.tissue.start import start

LINED_UP_EVERY = 30  # steps; newcomers stand behind all others, wherever they are


class Model(mesa.Model):
    """A piece of living bone.

    Parameters
    ----------
    scenario : Scenario
        What to simulate.
    bone : tuple of (array, float), optional
        Starting matrix fraction (nz, ny, nx) and voxel edge [um], instead of what the scenario
        says.

    Attributes
    ----------
    tissue, signals, cells, schedule
        The state: layers of voxels, fields, populations by name, and the calendar.
    record : Record
        What the measures read.

    Examples
    --------
    >>> model = Model(Scenario.load("menopause"))       # doctest: +SKIP
    >>> model.step()                                    # doctest: +SKIP
    """

    # Mesa 3.5 has a property of this name, which writes into the scenario it is given.
    scenario: Scenario | None = None

    def __init__(self, scenario: Scenario, bone=None):
        super().__init__(rng=scenario.seed)
        self.scenario = scenario
        self.tick = 0
        rooms = ledger.rooms()
        fraction, voxel = bone or start(scenario.bone)
        self.values = values_of(scenario, section=fraction.shape[0] == 1)
        self.tissue = Tissue(
            fraction, voxel, self.values["tissue"], scenario.bone.seed, day=-scenario.settling
        )
        self._chapters = chapters(scenario)
        self._laws = laws(scenario, self.tissue.is_section)
        self.schedule = self._laws[0]
        self.signals = Signals(
            {name: rooms["signals"][name] for name in scenario.signals},
            self.tissue, self.values, scenario.tolerance, scenario.refine,
        )  # fmt: skip
        kinds = [rooms["cells"][name] for name in scenario.cells]
        self.cells = {
            kind.name: seed(kind, self.tissue, self.values[kind.name], self.now) for kind in kinds
        }
        self.measures = [rooms["measures"][name](self.values[name]) for name in scenario.measures]
        self.record = Record(quantities(self.measures, self.tissue.is_section))
        self.audit = Audit(self.tissue)
        self.timing: dict[str, float] = {}
        self._views_at: dict[str, int] = {}

    @property
    def now(self) -> Now:
        """The moment at which the next step begins."""
        day = self.tick * self.scenario.step - self.scenario.settling
        return Now(np.uint64(self.scenario.seed), self.tick, day, self.scenario.step)

    @property
    def day(self) -> float:
        """Days since the story began; negative while the tissue settles in."""
        return self.now.day

    @property
    def chapter(self) -> Scenario:
        """What the scenario says for today: itself, with the changes up to this day."""
        return self._chapters[self._begun(self.day)]

    def _begun(self, day) -> int:
        return sum(change.day <= day + 1e-9 for change in self.scenario.change)

    @property
    def is_over(self) -> bool:
        """Tell whether the scenario has been lived to its end."""
        return self.tick >= self.scenario.ticks

    def step(self):
        """Live one step.

        1. schedule   today's value of every parameter: hormones, drugs, load
        2. signals    quasi-steady: secrete, spread, decay, bind; felt the day after
        3. cells act  dynamic: sense, move, resorb, form, age
        4. turnover   discrete: recruit, fuse, differentiate, embed, die
        5. tissue     mineralise and age; strain follows the new shape
        6. measures   what is due is read
        """
        now = self.now
        self._open_chapter(now)
        self._take_up_brush(now)
        today = self._timed("schedule", self.schedule.today, now.day)
        for name, population in self.cells.items():
            population.values = today[name]
        self._timed("signals", self.signals.settle, self.tissue, self.cells, today, now)
        self._act(now)
        self._turn_over(today, now)
        self._timed("tissue", self.tissue.mature, today["tissue"], now)
        self.audit.watch(self.signals)
        self._timed("measures", self._read, now)
        self.tick += 1

    def _open_chapter(self, now):
        """Let the values and the calendar hold that the scenario gives from this day on."""
        in_force = self._laws[self._begun(now.day)]
        if self.schedule is in_force:
            return
        self.schedule = in_force
        self.values = self.schedule.base
        for measure in self.measures:
            measure.p = self.values[measure.name]

    def _take_up_brush(self, now):
        """Put in and take out by hand what the scenario says for this day."""
        for change in self.scenario.change:
            if now.day - now.dt + 1e-9 < change.day <= now.day + 1e-9:
                for stroke in change.brush:
                    self._paint(now, *stroke)

    def _paint(self, now, what, z, y, x, radius):
        if not all(0 <= n < size for n, size in zip((z, y, x), self.tissue.shape, strict=True)):
            return
        layers = self.tissue.layers
        where = brush.ball(layers, (z, y, x), radius)
        if what == "no cells":
            placing.remove(self, where)
        elif what in ("bone", "marrow"):
            p = self.values["tissue"]
            put = what == "bone"
            booked = (
                brush.put_in(layers, where, p, now.day) if put else brush.take_out(layers, where)
            )
            # As if it had been there from the start, so that the books still balance.
            self.audit.start = self.audit.start + np.array(booked)
        elif what in self.cells:
            placing.put(self.cells[what], np.array([[z, y, x]]), now)

    def _act(self, now):
        self.tissue.ensure_room()
        layers, fields = self.tissue.layers, self.signals.fields
        for name, population in self.cells.items():
            self._timed(f"{name}.act", population.act, layers, fields, now)

    def _turn_over(self, today, now):
        layers, fields = self.tissue.layers, self.signals.fields
        for name, population in self.cells.items():
            self._timed(f"{name}.turn_over", population.turn_over, layers, fields, now)
        for name, population in self.cells.items():
            arrive(population, self.tissue, today[name], now)
        self._timed("turnover", pass_on, self.cells, now)
        if now.tick % LINED_UP_EVERY == 0:
            for population in self.cells.values():
                self._timed("turnover", population.line_up)

    def _read(self, now):
        scene = Scene(self.tissue, self.signals, self.cells, self.schedule.levels, now)
        found, late = {}, []
        for measure in self.measures:
            if not measure.is_due(now):
                continue
            names = tuple(reading.name for reading in measure.readings)
            if isinstance(measure, SlowMeasure):
                late.append((names, aside.begin(measure.read, *measure.look(scene))))
            else:
                found.update(zip(names, measure(scene), strict=True))
        self.record.add(now.day + now.dt, found, late)

    def _timed(self, name, call, *arguments):
        begun = perf_counter()
        answer = call(*arguments)
        self.timing[name] = self.timing.get(name, 0.0) + perf_counter() - begun
        return answer

    # What Mesa users see: agents are made when someone looks.

    def _look(self) -> None:
        """Bring Mesa's registers up to date with the rows."""
        for name, population in self.cells.items():
            if self._views_at.get(name) == population.version:
                continue
            kind = population.kind
            seen = {agent.identity: agent for agent in super().agents_by_type.get(kind, ())}
            living = set(population.living["id"].tolist())
            for identity, agent in seen.items():
                if identity not in living:
                    mesa.Agent.remove(agent)
            for identity in population.living["id"].tolist():
                if identity not in seen:
                    kind(self, identity)
            self._views_at[name] = population.version

    @property
    def agents(self):
        """Every living cell, as a Mesa AgentSet."""
        self._look()
        return super().agents

    @property
    def agents_by_type(self):
        """Every living cell, by its class."""
        self._look()
        return super().agents_by_type

    def close(self) -> None:
        """Let go of the model: Mesa before 3.4.2 keeps every model with agents for ever."""
        getattr(mesa.Agent, "_ids", {}).pop(self, None)

    # The state is arrays and a tick, nothing else.

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the whole state, by name; `restore` takes it back."""
        kept = {"tick": np.array(self.tick), **self.audit.arrays()}
        for room, arrays in (
            ("tissue", self.tissue.arrays()), ("signals", self.signals.arrays()),
            ("record", self.record.arrays()),
            ("cells", {name: one.rows for name, one in self.cells.items()}),
        ):  # fmt: skip
            kept.update({f"{room}/{name}": array for name, array in arrays.items()})
        for measure in self.measures:
            for name, array in measure.memory.items():
                kept[f"memory/{measure.name}/{name}"] = np.asarray(array)
        return kept

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Take over a state that `arrays` gave, of a model of the same scenario."""

        def room(name):
            start = f"{name}/"
            return {k[len(start) :]: v.copy() for k, v in arrays.items() if k.startswith(start)}

        self.tick = int(arrays["tick"])
        self.audit.restore(arrays)
        self.tissue.restore(room("tissue"))
        self.signals.restore(room("signals"))
        self.record.restore(room("record"))
        for name, rows in room("cells").items():
            self.cells[name].replace(rows)
        for measure in self.measures:
            measure.memory = room(f"memory/{measure.name}")
        self._views_at.clear()


def quantities(measures, is_section: bool) -> list[Quantity]:
    """Return what the measures read, named for a section or a volume."""
    found = []
    for measure in measures:
        for reading in measure.readings:
            symbol = reading.symbol_2d if is_section and reading.symbol_2d else reading.symbol
            unit = reading.unit_2d if is_section and reading.unit_2d else reading.unit
            found.append(
                Quantity(
                    reading.name,
                    symbol,
                    unit,
                    reading.doc,
                    measure.source,
                    measure.interval,
                )
            )
    return found
