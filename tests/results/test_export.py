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


def test_vtk_reads_image_data_with_axes_spacing_and_values_in_place(tmp_path):
    io = pytest.importorskip("vtkmodules.vtkIOXML")
    convert = pytest.importorskip("vtkmodules.util.numpy_support")
    snapshot = volume()
    reader = io.vtkXMLImageDataReader()
    reader.SetFileName(str(to_vti(snapshot, 20.0, tmp_path / "a.vti")))
    reader.Update()
    image = reader.GetOutput()
    assert image.GetDimensions() == (5, 4, 3)
    assert image.GetSpacing() == (20.0, 20.0, 20.0)
    for name, expected in (
        ("bone", snapshot.fraction("bone")),
        ("state", snapshot.layers["state"]),
    ):
        found = convert.vtk_to_numpy(image.GetCellData().GetArray(name)).reshape(2, 3, 4)
        assert np.array_equal(found, expected)


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
