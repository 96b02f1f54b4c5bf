"""Rules of the ledger: ranges, units, sources, reasons, readers, and numbers that hide in laws."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

import remodel_abm
from remodel_abm import ledger, units
from remodel_abm.declare import UNITS, InputError, Param

PACKAGE = Path(remodel_abm.__file__).parent
BASIS = re.compile(r"[PMTX]\d+[a-z]?")  # identifiers of the science basis
PARAMETERS = sorted(ledger.parameters())


def works(text: str) -> dict[str, dict[str, str]]:
    """Return the entries of a BibTeX file as fields by key; a key that comes twice is refused."""
    found = {}
    for entry in re.split(r"^@", text, flags=re.MULTILINE)[1:]:
        kind, key = re.match(r"(\w+)\{([^,\s]+),", entry).groups()
        assert key not in found, f"{key} comes twice"
        found[key] = {
            "kind": kind,
            **dict(re.findall(r"^ {2}(\w+) = \{(.*?)\},$", entry, re.M | re.S)),
        }
    return found


@cache
def bibliography() -> dict[str, dict[str, str]]:
    return works((PACKAGE / "sources.bib").read_text(encoding="utf-8"))


def sources() -> dict[str, list[str]]:
    """Return who names each source."""
    found: dict[str, list[str]] = {}
    for name, param in ledger.parameters().items():
        found.setdefault(param.source, []).append(name)
    for part in ledger.parts().values():
        for named in (part, *part.mechanisms):
            if getattr(named, "source", ""):
                found.setdefault(named.source, []).append(part.name)
    for path in (PACKAGE / "dashboard" / "missions").glob("*.toml"):
        for step in tomllib.loads(path.read_text(encoding="utf-8"))["step"]:
            for key in step.get("sources", ()):
                found.setdefault(key, []).append(path.name)
    return found


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_lies_in_its_own_range(name):
    param = ledger.parameters()[name]
    assert param.low < param.high
    assert param.check(name, param.value) == param.value


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_value_outside_the_range_is_refused_with_the_range_and_its_source(name):
    param = ledger.parameters()[name]
    for value in (param.low - 1.0, param.high * 1.001 + 1e-9, float("nan"), float("inf")):
        with pytest.raises(InputError, match=re.escape(f"{name} = {value:g}")) as refusal:
            param.check(name, value)
        assert f"({param.source})" in str(refusal.value)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_says_how_well_it_is_known_and_what_it_means(name):
    param = ledger.parameters()[name]
    assert param.evidence in ("measured", "derived", "calibrated", "assumed")
    assert len(param.doc.split()) >= 2, "too short to mean anything"
    assert param.id == "" or BASIS.fullmatch(param.id)


def _states_a_target(param: Param) -> bool:
    cited = re.search(r"fitted to|\bT\d+|\d %|balance|keeps", param.doc)
    return bool(cited) or bool(re.fullmatch(r"T\d+[a-z]?", param.id))


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_calibrated_parameter_names_what_it_was_fitted_to(name):
    param = ledger.parameters()[name]
    if param.evidence == "calibrated":
        assert _states_a_target(param), f"{name}: {param.doc!r} names no target"


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_a_unit_of_the_ledger_means_something_to_pint(unit):
    assert units._registry()(units.spelled(unit)) is not None
    assert units.quantity(f"1 {unit}" if unit != "1" else "1", unit, "x") == pytest.approx(1.0)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_has_a_unit_of_the_ledger(name):
    assert ledger.parameters()[name].unit in UNITS


def test_no_unit_is_spelled_in_two_ways():
    spelled = {units._registry()(units.spelled(unit)): unit for unit in UNITS - {"1"}}
    assert len(spelled) == len(UNITS) - 1


def test_every_source_is_a_work_or_an_identifier_of_the_science_basis():
    unknown = {
        source: who
        for source, who in sources().items()
        if source not in bibliography() and not BASIS.fullmatch(source)
    }
    assert not unknown


def test_every_work_in_the_bibliography_is_cited():
    assert set(bibliography()) <= set(sources())


@pytest.mark.parametrize("key", sorted(bibliography()))
def test_a_work_has_what_it_takes_to_find_it(key):
    work = bibliography()[key]
    assert {"author", "title", "journal", "year", "volume", "pages"} <= set(work)
    assert re.fullmatch(rf"\w+?{work['year']}[a-z]?", key)
    assert re.fullmatch(r"10\.\d{4,}/\S+", work.get("doi", "10.1000/none"))


def test_the_loader_of_the_bibliography_reads_nested_braces_and_refuses_twins():
    entry = "@article{A1,\n  title = {On {RANKL}\n    and more},\n  year = {2000},\n}\n"
    assert works(entry)["A1"]["title"].split() == ["On", "{RANKL}", "and", "more"]
    with pytest.raises(AssertionError, match="A1 comes twice"):
        works(entry + entry)


# Who reads a parameter: the code of its own part, or the rooms that serve every part.

SHARED = (
    "signals/__init__.py",
    "signals/inflammation.py",
    "cells/seeding.py",
    "measures/*.py",
    "tissue/*.py",
)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _reads(node: ast.AST) -> set[str]:
    """Return names read off a bundle of values: ``p.x``, ``values.x``, ``values[k].x``, getattr."""
    found = set()
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Load):
            held = one.value.value if isinstance(one.value, ast.Subscript) else one.value
            bundle = getattr(held, "attr", getattr(held, "id", ""))
            if bundle in ("p", "values", "affinity"):
                found.add(one.attr)
        if isinstance(one, ast.Call) and getattr(one.func, "id", "") == "getattr":
            found |= {a.value for a in one.args if isinstance(a, ast.Constant)}
    return found


@cache
def shared_reads() -> frozenset[str]:
    paths = {path for pattern in SHARED for path in PACKAGE.glob(pattern)}
    return frozenset(name for path in paths for name in _reads(tree(path)))


def _room(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")


def _helpers(module: str) -> set[Path]:
    """Return the rooms beside a module that it takes laws from and that hold no part themselves."""
    beside = module.rpartition(".")[0] + "."
    homes = {c.__module__ for c in ledger.parts().values()}
    names = {n.module for n in ast.walk(tree(_room(module))) if isinstance(n, ast.ImportFrom)}
    return {_room(name) for name in names - homes if name and name.startswith(beside)}


@cache
def own_reads(part: type) -> frozenset[str]:
    module = tree(_room(part.__module__))
    others = {c.__name__ for c in ledger.parts().values() if c is not part}
    mine = [n for n in module.body if not (isinstance(n, ast.ClassDef) and n.name in others)]
    mine += [tree(path) for path in _helpers(part.__module__)]
    return frozenset(name for node in mine for name in _reads(node))


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_read_by_some_code(name):
    part, _, key = name.partition(".")
    owner = ledger.parts()[part]
    if part == "tissue":
        assert key in shared_reads()
    else:
        assert key in own_reads(owner) | shared_reads()


# Bare numbers in the rooms of laws. What stands here is no finding about bone.

PLAIN = {0, 1, 2}
REASONS = {
    "unit conversion": {1e-9, 1e-6, 1e6},  # um3 to mm3, um2 to mm2
    "shape of the 3 x 3 x 3 cube, number of axes, code of a state or fate": {3, 9, 27},
    "bits of a word": {30, 40, 41},
}
EVERYWHERE = PLAIN.union(*REASONS.values())
HERE = {  # (file, function): numbers that are arithmetic there
    ("cells/place.py", "reach"): {0.5},  # rounding
    ("cells/osteocyte.py", "_show_rankl"): {1e-9},  # rounding
    ("cells/placing.py", "put"): {21, 42},  # bits of a place packed into one number
    ("cells/population.py", "count_by"): {4},  # codes of a column
    ("cells/population.py", "sweep"): {8},  # rows not worth a sweep
    ("cells/lining_cell.py", "_survey"): {1000},  # any crew is smaller: a rank, not a count
    ("signals/field.py", "coarse"): {0.5},  # rounding
    ("signals/rankl.py", "free_rankl"): {4},  # the quadratic formula
    ("signals/field.py", "sense"): {4},  # bits for the two sides along an axis
    ("schedule/ovary.py", "hormones"): {0.5},  # the middle of a cycle
    ("schedule/ovary.py", "left"): {9, 700},  # 10 to 90 % of a logistic; overflow of exp
}
# Solve one equation to a tolerance: their numbers are those of the method, not of bone.
METHOD = {"signals/diffusion.py", "signals/medium.py", "signals/table.py"}
LAW_FILES = sorted(
    path for room in ("cells", "signals", "schedule") for path in (PACKAGE / room).glob("*.py")
)


def _owned(node, function="", found=None):
    """Return (function, number, line) of every number inside a function, by the innermost one."""
    found = [] if found is None else found
    for child in ast.iter_child_nodes(node):
        inner = (
            child.name if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        )
        plain = isinstance(child, ast.Constant) and type(child.value) in (int, float)
        if plain and function:
            found.append((function, child.value, child.lineno))
        _owned(child, inner, found)
    return found


@pytest.mark.parametrize("path", LAW_FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_bare_number_hides_in_a_law(path):
    file = path.relative_to(PACKAGE).as_posix()
    if file in METHOD:
        return
    bare = [
        f"{file}:{line} {function} {number!r}"
        for function, number, line in _owned(tree(path))
        if number not in EVERYWHERE | HERE.get((file, function), set())
    ]
    assert not bare, "declare these as Param, or give a reason in HERE: " + "; ".join(bare)


@pytest.mark.parametrize("place", sorted(HERE), ids="::".join)
def test_an_exception_for_a_bare_number_is_still_needed(place):
    file, function = place
    there = {number for name, number, _ in _owned(tree(PACKAGE / file)) if name == function}
    listed = HERE[place]
    assert listed <= there, f"{place} no longer holds {listed - there}; drop it from the list"
