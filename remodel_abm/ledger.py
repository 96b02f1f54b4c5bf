"""The ledger: every part, parameter and mechanism there is, gathered from their declarations."""

from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from remodel_abm import cells, measures, schedule, signals
from remodel_abm.declare import Param, Part
from remodel_abm.tissue import Tissue


class Switch(NamedTuple):
    """A mechanism and the full names of the values it takes when off."""

    id: str
    title: str
    source: str
    parts: tuple[str, ...]
    neutral_by_name: dict[str, float]


@cache
def rooms() -> MappingProxyType[str, dict[str, type[Part]]]:
    """Return every part, by room and name."""
    return MappingProxyType(
        {
            "tissue": {Tissue.name: Tissue},
            "schedule": schedule.influences(),
            "signals": signals.signals(),
            "cells": cells.cells(),
            "measures": measures.measures(),
        }
    )


@cache
def parts() -> MappingProxyType[str, type[Part]]:
    """Return every part, by name."""
    return MappingProxyType({k: v for room in rooms().values() for k, v in room.items()})


@cache
def parameters() -> MappingProxyType[str, Param]:
    """Return every parameter, by full name."""
    found = {
        f"{part.name}.{key}": param
        for part in parts().values()
        for key, param in part.params.items()
    }
    return MappingProxyType(found)


@cache
def mechanisms() -> MappingProxyType[str, Switch]:
    """Return every mechanism that can be switched off, by its identifier.

    One that acts in several parts is declared in each and switched off in all of them.
    """
    found: dict[str, Switch] = {}
    for part in parts().values():
        for one in part.mechanisms:
            neutral = {f"{part.name}.{key}": value for key, value in one.neutral.items()}
            here = Switch(one.id, one.title, one.source, (part.name,), neutral)
            found[one.id] = _joined(found[one.id], here) if one.id in found else here
    return MappingProxyType(dict(sorted(found.items())))


def _joined(first: Switch, second: Switch) -> Switch:
    return Switch(
        first.id,
        f"{first.title}; {second.title}",
        first.source,
        first.parts + second.parts,
        first.neutral_by_name | second.neutral_by_name,
    )
