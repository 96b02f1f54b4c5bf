"""remodel_abm: living trabecular bone, cell by cell.

The door: `Scenario`, `run`, `resume`, `Results` and `Model`, each imported when first asked for,
so that ``import remodel_abm`` stays quick.

Examples
--------
>>> from remodel_abm import Scenario, run                          # doctest: +SKIP
>>> results = run(Scenario.load("menopause", years=1))             # doctest: +SKIP
>>> results.daily["bv_tv"].plot()                                  # doctest: +SKIP
"""

from importlib import import_module

from remodel_abm import kernel as _kernel  # noqa: F401  sets the cache before anything compiles

__version__ = "0.1.0"
__all__ = ["InputError", "Model", "Results", "Scenario", "resume", "run"]

_HOMES = {
    "InputError": "declare",
    "Model": "model",
    "Results": "results",
    "Scenario": "scenario",
    "resume": "driver",
    "run": "driver",
}


def __getattr__(name: str):
    """Import what the door offers when it is first asked for."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return what the door offers, imported or not."""
    return sorted({*globals(), *__all__})
