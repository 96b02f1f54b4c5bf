from xml.etree import ElementTree

import numpy as np
import pytest
from drawn_results import results

from remodel_abm.declare import InputError
from remodel_abm.results.export import to_paraview, to_vti
from remodel_abm.results.snapshot import Snapshot


def volume():
    bone = np.arange(24).reshape(2, 3, 4) / 24
    state = (np.arange(24) % 4).reshape(2, 3, 4)
    return Snapshot.of(7, {"bone": bone, "mineral": bone, "state": state}, {}, 20.0)


def read_image_data(path):
    """Return extent, spacing and cell arrays of a file, by VTK's description of the format."""
    content = path.read_bytes()
    header, _, blocks = content.partition(b'<AppendedData encoding="raw">')
    blocks = blocks[blocks.index(b"_") + 1 :]
    image = ElementTree.fromstring(header + b"</VTKFile>").find("ImageData")
    kinds = {"Float32": "<f4", "Float64": "<f8", "UInt8": "u1", "Int8": "i1"}
    cells = {}
    for array in image.iter("DataArray"):
        at, kind = int(array.get("offset")), np.dtype(kinds[array.get("type")])
        size = int(np.frombuffer(blocks, "<u8", 1, at)[0])
        cells[array.get("Name")] = np.frombuffer(blocks, kind, size // kind.itemsize, at + 8)
    return image.get("WholeExtent"), image.get("Spacing"), cells


def test_image_data_has_axes_spacing_and_values_in_place(tmp_path):
    snapshot = volume()
    extent, spacing, cells = read_image_data(to_vti(snapshot, 20.0, tmp_path / "a.vti"))
    assert extent.split() == ["0", "4", "0", "3", "0", "2"], "x, y, z"
    assert [float(edge) for edge in spacing.split()] == [20.0] * 3
    for name, expected in (
        ("bone", snapshot.fraction("bone")),
        ("state", snapshot.layers["state"]),
    ):
        assert np.array_equal(cells[name].reshape(2, 3, 4), expected), "x runs fastest"


def test_a_run_opens_in_paraview_as_a_film(tmp_path):
    run = results((4, 24, 24), days=(-10, 0, 365))
    index = to_paraview(run, tmp_path / "vtk").read_text()
    names = sorted(path.name for path in (tmp_path / "vtk").iterdir())
    assert index.count("<DataSet") == 3
    assert "365" in index
    assert names == sorted(
        [
            "bone.pvd",
            *(f"bone_{i:05d}.vti" for i in range(3)),
            *(f"cells_{i:05d}.vtu" for i in range(3)),
        ]
    )
    assert str(tmp_path) not in index  # the folder can be moved


def test_a_missing_folder_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="the folder does not exist"):
        to_vti(volume(), 20.0, tmp_path / "no" / "a.vti")
