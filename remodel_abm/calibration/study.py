"""A study: trials of one stage, proposed by a seeded sampler, run, and kept in a table.

What the sampler proposes for a trial depends on the trials before it and the seed alone, so a
study that was stopped goes on as if it never was.
"""

import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from remodel_abm import __version__
from remodel_abm.calibration.objective import check_rows, misfit, predictions
from remodel_abm.calibration.stages import Stage
from remodel_abm.declare import InputError, Param
from remodel_abm.judgement.arms import Arm
from remodel_abm.judgement.targets import Target
from remodel_abm.ranges import place, spans_a_decade, value_at
from remodel_abm.results.files import explained, read_json, write_json, write_text
from remodel_abm.results.tables import read_table, write_table

MARK, RECORD, VALUES = "study.json", "trials", "values.toml"
ROUND_LEDGER = 2  # trials round the ledger for each free parameter
STRIDE = 0.05  # how far they are from it, as a share of the range
EDGE = 0.02  # of its range: a best value nearer to a bound is reported
COLUMNS = {
    "trial": ("int64", "1", "number of the trial; 0 is the ledger as it stands"),
    "misfit": ("float64", "1", "objective: mean pseudo-Huber loss of z over the rows"),
}
Simulate = Callable[[dict[str, float], int], Mapping[str, Arm]]


class Study:
    """Trials of one stage in one folder.

    Parameters
    ----------
    stage
        What is free.
    simulate
        Takes values by full name and the number of the trial; returns the arms.
    folder
        Keeps the record.
    seed
        Of the sampler.
    about
        What the trials ran on, such as seeds and bones; a study goes on only on the same.
    rows
        Instead of those of the stage.

    Raises
    ------
    InputError
        If the folder holds a study of something else, or Optuna is not installed.
    """

    def __init__(
        self,
        stage: Stage,
        simulate: Simulate,
        folder: Path,
        seed: int = 1,
        about: dict | None = None,
        rows: list[Target] | None = None,
    ):
        self.stage, self.simulate, self.folder, self.seed = stage, simulate, Path(folder), seed
        self.rows = stage.rows if rows is None else rows
        check_rows(self.rows)
        self.optuna = _optuna()
        self.about = {
            "stage": stage.number,
            "seed": seed,
            "version": __version__,
            "rows": [row.id for row in self.rows],
            "bounds": {name: [one.low, one.high] for name, one in stage.params.items()},
            "why": dict(stage.free),
            **(about or {}),
        }
        self.trials = self._open()

    @property
    def best(self) -> pd.Series:
        """The trial with the smallest misfit."""
        return self.trials.loc[self.trials["misfit"].idxmin()]

    @property
    def values(self) -> dict[str, float]:
        """Best values, by full name."""
        return {name: float(self.best[name]) for name in self.stage.free}

    @property
    def at_the_edge(self) -> list[str]:
        """Names of best values that lie at a bound: the range, not the data, stopped them."""
        return [
            name
            for name, param in self.stage.params.items()
            if not EDGE <= place(param, self.values[name]) <= 1.0 - EDGE
        ]

    def run(self, trials: int, told: Callable[[int, float], None] | None = None) -> "Study":
        """Live trials until there are so many; each is on disk when the next begins."""
        while len(self.trials) < trials:
            number = len(self.trials)
            values = self._proposed(number)
            found = predictions(self.simulate(values, number), self.rows)
            row = {"trial": number, "misfit": misfit(found, self.rows), **values, **found}
            self.trials = pd.concat([self.trials, pd.DataFrame([row])], ignore_index=True)
            write_table(self.folder / RECORD, self.trials, COLUMNS)
            if told is not None:
                told(number, row["misfit"])
        self._conclude()
        return self

    def _open(self) -> pd.DataFrame:
        with explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / MARK).exists():
            write_json(self.folder / MARK, {**self.about, "begun": _today()})
            return pd.DataFrame({"trial": pd.Series(dtype=int), "misfit": pd.Series(dtype=float)})
        kept = read_json(self.folder / MARK)
        for key, value in json.loads(json.dumps(self.about)).items():
            if kept.get(key) != value:
                msg = f"{self.folder} holds a study with {key} = {kept.get(key)!r}, not {value!r}"
                raise InputError(msg + "; name another folder")
        record = self.folder / f"{RECORD}.parquet"
        return (
            read_table(record)[0] if record.exists() else pd.DataFrame({"trial": [], "misfit": []})
        )

    def _proposed(self, number: int) -> dict[str, float]:
        """Return the values of a trial: the ledger's, some round them, then the sampler's.

        Next to nothing lives in most of the ranges, so that a start drawn from all of them
        would teach the sampler little.
        """
        params = self.stage.params
        if number == 0:
            return {name: one.value for name, one in params.items()}
        if number <= ROUND_LEDGER * len(params):
            draw = np.random.default_rng([self.seed, number])
            return {
                name: _near(one, STRIDE * draw.standard_normal()) for name, one in params.items()
            }
        optuna = self.optuna
        spaces = {name: _space(optuna, one) for name, one in params.items()}
        sampler = optuna.samplers.TPESampler(
            seed=self.seed + number, n_startup_trials=0, multivariate=True
        )
        study = optuna.create_study(sampler=sampler)
        for past in self.trials.to_dict("records"):
            given = {name: past[name] for name in params}
            study.add_trial(optuna.trial.create_trial(
                params=given, distributions=spaces, value=past["misfit"]))  # fmt: skip
        asked = study.ask(spaces)
        return {name: float(asked.params[name]) for name in params}

    def _conclude(self) -> None:
        begun = read_json(self.folder / MARK).get("begun")
        write_json(
            self.folder / MARK,
            {
                **self.about,
                "begun": begun,
                "ended": _today(),
                "trials": len(self.trials),
                "best_trial": int(self.best["trial"]),
                "misfit_of_the_ledger": float(self.trials["misfit"].iloc[0]),
                "misfit": float(self.best["misfit"]),
                "values": self.values,
                "at_the_edge": self.at_the_edge,
            },
        )
        write_text(self.folder / VALUES, self.block())

    def block(self) -> str:
        """Return the best values as the ``[set]`` block of a scenario, to be copied by a person."""
        best, ledger = self.best, self.trials.iloc[0]
        lines = [
            f"# Stage {self.stage.number}, {self.stage.title}: best of {len(self.trials)} trials,",
            f"# misfit {best['misfit']:.3g}, with the values of the ledger {ledger['misfit']:.3g}.",
            "# Copy what convinces into the declarations; the ledger is the only source of values.",
            "[set]",
        ]
        for name, param in self.stage.params.items():
            note = ", at the edge of its range" if name in self.at_the_edge else ""
            shown = f'"{name}" = "{best[name]:.6g} {param.unit}"'
            if param.unit == "1":
                shown = f'"{name}" = {best[name]:.6g}'
            lines.append(f"{shown}  # was {param.value:g}, {param.low:g} to {param.high:g}{note}")
        return "\n".join(lines) + "\n"


def _near(param: Param, step: float) -> float:
    """Return the value a step from the ledger's, as a share of its range."""
    return value_at(param, min(max(place(param, param.value) + step, 0.0), 1.0))


def _space(optuna, param: Param):
    log = spans_a_decade(param)
    return optuna.distributions.FloatDistribution(param.low, param.high, log=log)


def _optuna():
    try:
        import optuna
    except ImportError as error:
        msg = "calibration needs Optuna: pip install 'remodel-abm[calibration]'"
        raise InputError(msg) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()
