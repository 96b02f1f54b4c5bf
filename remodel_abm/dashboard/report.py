"""Where a session stands, in plain values, and its curves, in bytes."""

import numpy as np

from remodel_abm.dashboard.picture import counts

MOST_POINTS = 360  # more than a curve has pixels is not worth sending


def status(session) -> dict:
    """Return where the story stands, for the controls."""
    arms = session.arms
    if not arms:
        return {"busy": session.busy, "arms": [], "playing": False}
    first = arms[0]
    speed = session.speed
    return {
        "busy": session.busy,
        "playing": session.playing,
        "moving": session.moving,
        "event": session.event,
        "day": first.day,
        "first": first.day_of(0),
        "head": first.day_of(min(arm.head for arm in arms)),
        "end": first.day_of(session.last),
        "age": first.scenario.age + first.day / 365.25,
        "speed": speed if np.isfinite(speed) else None,
        "signal": session.signal,
        "plane": session.plane,
        "planes": first.model.tissue.shape[0],
        "arms": [_arm(arm) for arm in arms],
    }


def _arm(arm) -> dict:
    scenario = arm.scenario
    chapter = arm.model.chapter
    return {
        "name": arm.name,
        "title": scenario.title or scenario.name,
        "scenario": scenario.name,
        "seed": scenario.seed,
        "years": scenario.years,
        "settling": scenario.settling,
        "age": scenario.age,
        "sex": scenario.sex,
        "bone": {"source": scenario.bone.source, "shape": list(arm.model.tissue.shape)},
        "off": list(chapter.off),
        "set": dict(chapter.set),
        "schedule": {name: _finite(settings) for name, settings in chapter.schedule},
        "changes": [change.as_table() for change in scenario.change],
        "cells": counts(arm.model),
        "head": arm.day_of(arm.head),
    }


def _finite(settings) -> dict:
    """Return settings without what is never, which JSON cannot say."""
    return {key: value if np.isfinite(value) else None for key, value in settings}


def courses(arms, names) -> tuple[dict, list[bytes]]:
    """Return the curves of some readings: what they are, and (days, values) as float32."""
    content, buffers = {"arms": []}, []
    for arm in arms:
        days, table, columns = arm.record()
        curves = []
        for name in names:
            if name not in columns:
                continue
            values = table[:, columns[name]]
            read = np.flatnonzero(~np.isnan(values))
            if len(read) > MOST_POINTS:
                read = read[np.linspace(0, len(read) - 1, MOST_POINTS).round().astype(int)]
            buffers.append(np.stack([days[read], values[read]]).astype(np.float32).tobytes())
            curves.append({"name": name, "points": len(read)})
        content["arms"].append({"name": arm.name, "curves": curves, "day": arm.day})
    return content, buffers
