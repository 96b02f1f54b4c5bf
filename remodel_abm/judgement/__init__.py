"""Judgement: what was measured in people, what the model says of it, and how far apart they are.

`targets.toml` holds the measurements, `arms.toml` the trials to run. An `Arm` is what came of many
runs; an *observable* is a named function of arms that says what a clinic would have measured. The
null models and the well-mixed limit are arms too, so all are judged by the same functions. The
scoreboard sets them side by side and keeps apart what was fitted and what was held out.
"""
