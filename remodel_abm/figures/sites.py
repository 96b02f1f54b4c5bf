"""Remodeling sites: how deep, how well refilled, where and when, and how far they travelled."""

import numpy as np
import pandas as pd
from matplotlib.patches import Circle

from remodel_abm.figures import palette
from remodel_abm.figures.bone import scale_bar
from remodel_abm.results import DAYS_A_YEAR, Results

STATES = {
    "completed": palette.FORMED,
    "arrested": palette.RESORBED,
    "aborted": palette.ORANGE,
    "active": palette.GREY,
}
TRAVELLERS = 6
_MANY = 1500


def draw(results: Results) -> dict:
    """Return the figure of the remodeling sites; none if no site opened."""
    sites = results.sites.dropna(subset=["x", "y"])
    if not len(sites):
        return {}
    days = results.snapshots()
    last = results.snapshot(days[-1]) if days else None
    drawn = palette.figure(palette.PAGE, palette.PAGE * 0.95)
    grid = drawn.subplots(2, 2).ravel()
    depths(grid[0], sites)
    refill(grid[1], sites)
    bar = where(grid[2], sites, last)
    below = grid[2].inset_axes([0.15, -0.09, 0.7, 0.03])
    drawn.colorbar(bar, cax=below, orientation="horizontal", label="opened (years)")
    travels(grid[3], sites, results.tracks, last)
    for number, axes in enumerate(grid):
        palette.letter(axes, number)
    return {"sites": drawn}


def depths(axes, sites: pd.DataFrame) -> None:
    """Draw how deep the sites eroded, stacked by what became of them, once osteoid began there."""
    eroded = sites[sites["erosion_depth"] > 0]
    groups = [(name, eroded["erosion_depth"][eroded["state"] == name]) for name in STATES]
    groups = [(name, values) for name, values in groups if len(values)]
    if groups:
        top = max(values.max() for _, values in groups)
        axes.hist(
            [values for _, values in groups],
            bins=np.linspace(0, top * 1.001, 31),
            stacked=True,
            color=[STATES[name] for name, _ in groups],
            label=[f"{name} ({len(values)})" for name, values in groups],
        )
        mean = eroded["erosion_depth"].mean()
        axes.axvline(mean, color="black", lw=1, ls="--", label=f"mean {mean:.1f} µm")
        axes.legend()
    axes.set_xlabel("erosion depth, E.De (µm)")
    axes.set_ylabel("sites (1)")


def refill(axes, sites: pd.DataFrame) -> None:
    """Draw formed against resorbed volume of each site, and how they correlate."""
    volume = sites[["resorbed", "formed"]] / 1e3
    for name, colour in STATES.items():
        chosen = volume[sites["state"] == name]
        axes.plot(chosen["resorbed"], chosen["formed"], ".", ms=3.5, mec="none", alpha=0.6,
                  color=colour, label=name if len(chosen) else None,
                  rasterized=len(chosen) > _MANY)  # fmt: skip
    top = float(np.nanmax(volume.to_numpy(), initial=1e-9)) * 1.05
    axes.plot([0, top], [0, top], color="black", lw=0.8, ls="--", label="equal")
    axes.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    done = volume[(sites["state"] == "completed").to_numpy()].dropna()
    if len(done) > 2 and (done.std() > 0).all():
        ratio = done["formed"].sum() / done["resorbed"].sum()
        text = f"completed: r = {done.corr().iloc[0, 1]:.2f}\nformed/resorbed = {ratio:.2f}"
        axes.text(0.03, 0.97, text, transform=axes.transAxes, va="top")
    axes.legend(loc="lower right")
    axes.set_xlabel("resorbed (10³ µm³)")
    axes.set_ylabel("formed (10³ µm³)")


def where(axes, sites: pd.DataFrame, snapshot):
    """Draw where sites opened, coloured by when, on the bone; returns what the colour bar needs."""
    axes.set_title("where sites opened, seen along z", loc="left")
    sites = sites.sort_values("opened")
    _ground(axes, sites, snapshot)
    return axes.scatter(
        sites["x"],
        sites["y"],
        c=sites["opened"] / DAYS_A_YEAR,
        s=np.clip(sites["area"].fillna(0) / 800, 3, 40),
        cmap="cividis",
        linewidths=0.2,
        edgecolors="white",
        rasterized=len(sites) > _MANY,
    )


def travels(axes, sites: pd.DataFrame, tracks: pd.DataFrame, snapshot) -> None:
    """Draw the sites that travelled farthest: their path if it was kept, else their reach."""
    _ground(axes, sites, snapshot)
    largest = sites.nlargest(TRAVELLERS, "extent")
    for number, site in enumerate(largest.itertuples()):
        colour = palette.CYCLE[number % len(palette.CYCLE)]
        path = tracks[tracks["site"] == site.site].sort_values("day")
        days = _span(site)
        label = f"{site.extent:.0f} µm in {days:.0f} d" if days > 0 else f"{site.extent:.0f} µm"
        if len(path) > 1:
            axes.plot(path["x"], path["y"], color=colour, lw=1.6, label=label)
        else:
            axes.add_patch(Circle((site.x, site.y), site.extent, fill=False, ec=colour, lw=1.2))
            axes.plot([], [], color=colour, label=label)
        axes.plot(site.x, site.y, "o", color=colour, mec="black", mew=0.4, ms=4)
    axes.set_title("farthest travelling sites (dot: opening)", loc="left")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=2)


def _span(site) -> float:
    """Return from opening to the last thing a site did. [d]"""
    ends = [t for t in (site.last_resorbed, site.last_formed) if np.isfinite(t)]
    return max(ends, default=site.opened) - site.opened


def _ground(axes, sites: pd.DataFrame, snapshot) -> None:
    """Draw the bone from above, pale: a section, or how much bone lies under each point."""
    axes.set_axis_off()
    axes.set_aspect("equal")
    if snapshot is None:
        axes.set(xlim=(0, sites["x"].max() * 1.02), ylim=(sites["y"].max() * 1.02, 0))
        return
    _, rows, columns = snapshot.shape
    amount = snapshot.matrix().mean(axis=0)
    edge = snapshot.voxel
    axes.imshow(
        amount,
        cmap="Greys",
        vmin=0,
        vmax=max(2.2 * float(amount.max()), 1e-6),
        extent=(0, columns * edge, rows * edge, 0),
    )
    axes.set(xlim=(0, columns * edge), ylim=(rows * edge, 0))
    scale_bar(axes, columns * edge, rows * edge, 1.0)
