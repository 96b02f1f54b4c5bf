"""Volumes in 3-D: a view an arm, which turn together, shown as often as the browser keeps up."""

from functools import partial

from remodel_abm.dashboard.picture import KINDS
from remodel_abm.dashboard.story import snapshot_of
from remodel_abm.dashboard.volume_view import HIDDEN, VolumeView

MOST = 2  # arms that are drawn in 3-D side by side
# So many that they hide the bone; the legend brings them back.
HIDDEN_IN_3D = (*HIDDEN, "lining_cell", "osteoclast_precursor", "mesenchymal_stem_cell")


class Solid:
    """The 3-D views of a page; a session calls it with its arms.

    Parameters
    ----------
    ask : callable
        ``ask(place, arm, kinds)``, called when a click met a voxel (z, y, x).
    """

    def __init__(self, ask=None):
        self.views = [VolumeView(group="arms", picks=ask is not None) for _ in range(MOST)]
        for arm, view in enumerate(self.views if ask else ()):
            view.picked = partial(self._picked, ask, arm)
        self.hide(HIDDEN_IN_3D)

    def __call__(self, arms) -> bool:
        """Send today's volumes; False if the browser is still drawing the last ones."""
        pairs = list(zip(self.views, arms, strict=False))
        if any(view.frame >= 0 and not view.seen for view, _ in pairs):
            return False
        for view, arm in pairs:
            view.label = f"Volume of bone, arm {arm.name}, day {arm.day:.0f}"
            view.show(snapshot_of(arm.model))
        return True

    def _picked(self, ask, arm, place) -> None:
        ask(place, arm, [kind for kind in KINDS if kind not in self.views[arm].hidden])

    def hide(self, kinds) -> None:
        """Leave out cells of some kinds from the next picture on."""
        for view in self.views:
            view.hidden = set(kinds)

    def cut(self, axis: int, share: float) -> None:
        """Take away what lies before a plane across z, y or x."""
        for view in self.views:
            view.axis, view.at = axis, share
