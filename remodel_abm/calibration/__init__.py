"""Calibration: a few named parameters, stage by stage, on rows that may be fitted and no other.

`stages.toml` says what is free in each stage and why; bounds are those of the ledger, and whatever
it does not name stays at its sourced value. A stage sees the CAL rows of its own number through
`objective`; its trials share bones, seeds and draws, so they differ by their parameters alone.
`study` proposes, runs and records trials; `identify` tells what the record can tell apart. The
answer is a ``[set]`` block that a person copies into the declarations: there is no second place in
which values live.
"""
