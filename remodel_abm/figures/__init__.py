"""Every figure, drawn from `Results` alone: a family a file, each with `draw(results)`.

To add a family, write a file with ``draw(results) -> {name: Figure}`` and list it in `FAMILIES`.
"""

from pathlib import Path

import matplotlib as mpl

from remodel_abm.figures import animation, bone, courses, palette, relief, sites
from remodel_abm.results import Results
from remodel_abm.results.files import explained

__all__ = ["draw_all"]

FAMILIES = (bone, relief, courses, sites)


def draw_all(results: Results, folder: Path | str, film: bool = True) -> list[Path]:
    """Draw all figures that the results allow, as PNG and SVG, and a GIF of the bone.

    Parameters
    ----------
    results
        What a run found; quantities and tables may be missing.
    folder
        Where the files go; created if need be.
    film
        Whether to make ``bone.gif``, which takes longest.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        If the folder cannot be written to, or a snapshot is damaged.
    """
    folder = Path(folder)
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for family in FAMILIES:
        with mpl.rc_context(palette.STYLE):
            drawn = family.draw(results)
        for name, figure in drawn.items():
            paths += palette.save(figure, folder / name)
    gif = animation.draw(results, folder / "bone.gif") if film else None
    return [*paths, gif] if gif else paths
