"""The rail: which panel stands beside the bone."""

from remodel_abm.dashboard.panel import Panel, script


class Rail(Panel):
    """Tabs of the side of the page.

    Parameters
    ----------
    tabs : dict of str to str
        Label by name; the element with the class ``tab-NAME`` is what a tab shows.
    """

    _esm = script("rail")

    def __init__(self, tabs, **traits):
        super().__init__(spec={"tabs": tabs}, **traits)
