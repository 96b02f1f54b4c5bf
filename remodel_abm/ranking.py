"""The ranking of parameters by what they move, kept as a file for the ledger to print.

``remodel-abm sensitivity --store`` writes it; its first line says how large the study was.
"""

from functools import cache
from pathlib import Path

import pandas as pd

from remodel_abm.results.files import write_text

STORE = Path(__file__).with_suffix(".csv")


def store(table: pd.DataFrame, about: str, path: Path = STORE) -> None:
    """Write a ranking, with a line on the study that it came from."""
    kept = table[["parameter", "output", "mu_star", "sigma", "rank"]].copy()
    kept[["mu_star", "sigma"]] = kept[["mu_star", "sigma"]].map(lambda value: f"{value:.4g}")
    write_text(path, f"# {about}\n" + kept.to_csv(index=False, lineterminator="\n"))


@cache
def stored(path: Path = STORE) -> tuple[dict[str, str], str]:
    """Return where each parameter stands, and on what study that rests; empty without a study.

    Returns
    -------
    dict of str to str
        The best rank of a parameter and the output it is of, such as ``3 (ctx)``.
    str
        The study.
    """
    if not path.exists():
        return {}, ""
    text = path.read_text(encoding="utf-8")
    table = pd.read_csv(path, comment="#")
    best = table.loc[table.groupby("parameter")["rank"].idxmin()]
    places = {row.parameter: f"{row.rank} ({row.output})" for row in best.itertuples()}
    return places, text.partition("\n")[0].removeprefix("# ")
