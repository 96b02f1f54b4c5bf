"""The slide: a biopsy of an arm today, stained, labelled twice, counted by a technician."""

import io

from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.dashboard.story import results_of, snapshot_of
from remodel_abm.declare import InputError

LABELS = (17, 5)  # days before the biopsy on which the two labels were given


def biopsy_of(arm):
    """Return the biopsy of today; the days of its labels are lived again to look at them.

    Raises
    ------
    InputError
        If the arm has not lived as long as labels take.
    """
    from remodel_abm.histology import Biopsy  # a second of imports

    today = arm.tick
    ticks = [today - round(days / arm.scenario.step) for days in LABELS]
    if ticks[0] < 0:
        msg = f"a biopsy needs labels given {LABELS[0]} days before it; live some weeks first"
        raise InputError(msg)
    results = results_of(arm)
    try:
        arm.leap(ticks[0])
        for tick in (*ticks, today):
            while arm.tick < tick:
                arm.live()
            snapshot = snapshot_of(arm.model)
            results.kept[snapshot.day] = snapshot
    finally:
        while arm.tick < today:
            arm.live()
    first, second, last = (round(arm.day_of(tick)) for tick in (*ticks, today))
    # Only the labels may stand between the slide and the days before.
    for day in [day for day in results.kept if first < day < last and day != second]:
        del results.kept[day]
    return Biopsy(results, last)


class BiopsyPanel(Panel):
    """Takes a biopsy when asked."""

    hears = ("status",)
    _esm = script("biopsy")

    def asked(self, content, buffers, hub):
        """Cut, stain and count on the thread of the session."""

        def work(session):
            arm = session.arms[min(content["arm"], len(session.arms) - 1)]
            try:
                biopsy = biopsy_of(arm)
                picture = io.BytesIO()
                biopsy.draw().savefig(picture, format="png")
            except InputError as error:
                self.send({"kind": "refused", "text": str(error)})
                return
            rows = biopsy.table().astype(object)
            rows = rows.where(rows.notna(), None).to_dict("records")
            told = {"kind": "slide", "day": biopsy.slide.day, "arm": arm.name, "rows": rows}
            self.send(told, [picture.getvalue()])

        hub.session.tell("call", work=work)
