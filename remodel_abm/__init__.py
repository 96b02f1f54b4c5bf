"""remodel_abm: living trabecular bone, cell by cell."""

from remodel_abm import kernel as _kernel  # noqa: F401  sets the cache before anything compiles

__version__ = "0.1.0"
