"""Images of every format give the same voxels and size; what is wrong with one is said at once."""

import numpy as np
import pytest
import tifffile
from scipy import ndimage

from remodel_abm.declare import InputError
from remodel_abm.tissue.image import read_image
from remodel_abm.tissue.specimen import import_bone, load_bone, save_bone
from remodel_abm.tissue.trabeculae import generate

nibabel = pytest.importorskip("nibabel")
sitk = pytest.importorskip("SimpleITK")

IMAGEJ = {"axes": "ZYX", "spacing": 20.0, "unit": "um"}


@pytest.fixture(scope="module")
def bone():
    return generate((48, 56, 64), 20.0, 0.2, 120.0, seed=1)


@pytest.fixture(scope="module")
def grey(bone):
    noise = np.random.default_rng(0).normal(0.0, 12.0, bone.shape)
    return np.clip(40 + 140 * bone + noise, 1, 255).astype(np.uint8)


def write_imagej(path, values, resolution=(0.05, 0.05), **metadata):
    tifffile.imwrite(path, values, imagej=True, resolution=resolution, metadata=IMAGEJ | metadata)
    return path


def write_sitk(path, values, spacing=(0.02, 0.02, 0.02)):
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))
    return path


def write_nifti(path, values, edge=0.02, unit="mm"):
    file = nibabel.Nifti1Image(values.T, np.diag([edge, edge, edge, 1.0]))
    file.header.set_xyzt_units(unit)
    nibabel.save(file, path)
    return path


def write_dicom(folder, values, series="1.2.3.4", first=0):
    folder.mkdir(exist_ok=True)
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for z, plane in enumerate(values):
        image = sitk.GetImageFromArray(plane.astype(np.uint16))
        image.SetSpacing((0.02, 0.02))
        tags = {
            "0008|0060": "CT", "0020|000e": series, "0020|000d": "1.2.3", "0020|0013": str(z),
            "0008|0018": f"{series}.{z + 1}", "0028|0030": "0.02\\0.02", "0018|0050": "0.02",
            "0020|0032": f"0\\0\\{z * 0.02:.4f}", "0020|0037": "1\\0\\0\\0\\1\\0",
        }  # fmt: skip
        for key, value in tags.items():
            image.SetMetaData(key, value)
        writer.SetFileName(str(folder / f"slice{first + z}.dcm"))
        writer.Execute(image)
    return folder


def write_folder(folder, values):
    folder.mkdir()
    for z, plane in enumerate(values):
        # Numbers without leading zeros: an alphabetical order would be wrong.
        tifffile.imwrite(folder / f"s{z}.tif", plane, resolution=(500, 500), resolutionunit=3)
    return folder


WRITERS = {
    "imagej tiff": lambda f, v: write_imagej(f / "a.tif", v),
    "ome tiff": lambda f, v: _write_ome(f / "a.ome.tif", v),
    "tiff folder": lambda f, v: write_folder(f / "slices", v),
    "nifti": lambda f, v: write_nifti(f / "a.nii", v),
    "nifti gz in um": lambda f, v: write_nifti(f / "a.nii.gz", v, 20.0, "micron"),
    "metaimage": lambda f, v: write_sitk(f / "a.mha", v),
    "metaimage with raw": lambda f, v: write_sitk(f / "a.mhd", v),
    "nrrd": lambda f, v: write_sitk(f / "a.nrrd", v),
    "dicom series": lambda f, v: write_dicom(f / "series", v),
}


def _write_ome(path, values):
    size = {f"PhysicalSize{a}": 20.0 for a in "XYZ"} | {"axes": "ZYX"}
    tifffile.imwrite(path, values, metadata=size)
    return path


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_gives_the_same_voxels_and_size(kind, tmp_path, grey):
    values = grey[:13, :20, :24]
    image = read_image(WRITERS[kind](tmp_path, values))
    assert np.array_equal(image.values, values)
    assert image.voxel == pytest.approx((20.0, 20.0, 20.0), rel=1e-4)


def test_anisotropic_edges_come_in_the_order_of_the_array(tmp_path, grey):
    image = read_image(write_sitk(tmp_path / "a.mha", grey, (0.02, 0.03, 0.05)))
    assert image.voxel == pytest.approx((50.0, 30.0, 20.0))
    path = write_imagej(tmp_path / "a.tif", grey, (1 / 20, 1 / 30), spacing=50.0)
    assert read_image(path).voxel == pytest.approx((50.0, 30.0, 20.0))


@pytest.mark.parametrize("unit", ["mm", "micron", "\\u00B5m"])
def test_imagej_units_are_understood(unit, tmp_path, grey):
    scale = 0.001 if unit == "mm" else 1.0
    path = write_imagej(
        tmp_path / "a.tif", grey, (0.05 / scale, 0.05 / scale), unit=unit, spacing=20 * scale
    )
    assert read_image(path).voxel == pytest.approx((20.0, 20.0, 20.0), rel=1e-3)


def test_a_two_dimensional_image_is_a_section(tmp_path, grey):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, grey[10])
    image = read_image(path, voxel=10.0)
    assert image.values.shape == (1, 56, 64)
    assert image.voxel == (10.0, 10.0, 10.0)


def test_the_stated_voxel_wins_and_says_so(tmp_path, grey):
    image = read_image(write_imagej(tmp_path / "a.tif", grey), voxel=19.5)
    assert image.voxel == (19.5, 19.5, 19.5)
    assert "as stated" in " ".join(image.warnings)


def _plain_tiff(folder, values):
    tifffile.imwrite(folder / "a.tif", values)
    return folder / "a.tif"


def _printed_tiff(folder, values):
    tifffile.imwrite(folder / "a.tif", values, resolution=(300, 300), resolutionunit=2)
    return folder / "a.tif"


def _spaceless_nrrd(folder, values):
    shape = " ".join(str(n) for n in values.shape[::-1])
    head = f"NRRD0004\ntype: uint8\ndimension: 3\nsizes: {shape}\nencoding: raw\n\n"
    (folder / "a.nrrd").write_bytes(head.encode() + values.tobytes())
    return folder / "a.nrrd"


def _spaceless_mha(folder, values):
    shape = " ".join(str(n) for n in values.shape[::-1])
    head = f"ObjectType = Image\nNDims = 3\nDimSize = {shape}\nElementType = MET_UCHAR\n"
    (folder / "a.mha").write_bytes((head + "ElementDataFile = LOCAL\n").encode() + values.tobytes())
    return folder / "a.mha"


@pytest.mark.parametrize("write", [_plain_tiff, _printed_tiff, _spaceless_nrrd, _spaceless_mha])
def test_a_voxel_size_nobody_stated_is_asked_for(write, tmp_path, grey):
    path = write(tmp_path, grey)
    with pytest.raises(InputError, match=r'--voxel-size "19.5 um"') as told:
        read_image(path)
    assert str(path) in str(told.value)
    assert read_image(path, voxel=20.0).voxel == (20.0, 20.0, 20.0)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone\.tif: no such file"):
        read_image(tmp_path / "gone.tif")


def test_an_unknown_format_lists_the_known_ones(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(InputError, match=r"unknown image format.*NRRD"):
        read_image(tmp_path / "a.png")


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="0 DICOM series"):
        read_image(tmp_path)


def test_two_dicom_series_in_a_folder_are_refused(tmp_path, grey):
    folder = write_dicom(tmp_path / "two", grey[:3])
    write_dicom(folder, grey[3:6], series="1.2.3.5", first=3)
    with pytest.raises(InputError, match="2 DICOM series"):
        read_image(folder)


@pytest.mark.parametrize("kind", ["imagej tiff", "nifti", "nifti gz in um", "metaimage", "nrrd"])
def test_a_truncated_file_is_refused_in_one_sentence(kind, tmp_path, grey):
    path = WRITERS[kind](tmp_path, grey)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(InputError, match="damaged or incomplete") as told:
        read_image(path)
    assert "\n" not in str(told.value)


def test_a_file_of_noise_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"not a tiff at all")
    with pytest.raises(InputError, match="damaged or incomplete"):
        read_image(tmp_path / "a.tif")


def test_slices_of_different_size_are_refused(tmp_path, grey):
    folder = write_folder(tmp_path / "slices", grey[:3])
    tifffile.imwrite(folder / "s9.tif", grey[0, :20])
    with pytest.raises(InputError, match="one size"):
        read_image(folder)


def test_colour_is_refused(tmp_path):
    values = np.random.default_rng(0).integers(0, 255, (20, 20, 3)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="rgb")
    with pytest.raises(InputError, match="colour"):
        read_image(tmp_path / "a.tif", voxel=20.0)


def test_four_dimensions_are_refused(tmp_path, grey):
    file = nibabel.Nifti1Image(np.stack([grey.T, grey.T], axis=-1), np.eye(4) * 0.02)
    nibabel.save(file, tmp_path / "a.nii")
    with pytest.raises(InputError, match="one volume"):
        read_image(tmp_path / "a.nii")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_counted(bad, tmp_path, grey):
    values = grey.astype(np.float32)
    values[3, 4, 5:7] = bad
    with pytest.raises(InputError, match="2 voxels are NaN or infinite"):
        read_image(write_nifti(tmp_path / "a.nii", values))


def test_a_constant_image_is_refused(tmp_path):
    with pytest.raises(InputError, match="every voxel has the value 7"):
        read_image(write_nifti(tmp_path / "a.nii", np.full((8, 8, 8), 7, np.uint8)))


@pytest.mark.parametrize("edge", [0.0005, 0.5])
def test_an_absurd_voxel_size_is_refused(edge, tmp_path, grey):
    with pytest.raises(InputError, match=r"outside \[1, 200\] um"):
        read_image(write_nifti(tmp_path / "a.nii", grey, edge))


def test_an_import_says_what_it_did(tmp_path, bone, grey):
    path = write_imagej(tmp_path / "bone.tif", grey)
    done = import_bone(path, smooth=0.7, crop=800.0)
    assert done.fraction.shape == (40, 40, 40)
    assert done.voxel == 20.0
    assert done.bv_tv_image == pytest.approx(bone.mean(), abs=0.015)
    assert done.bv_tv == pytest.approx(done.bv_tv_crop, abs=0.01)
    assert done.bv_tv == pytest.approx(done.fraction.mean())
    assert len(done.sha256) == 64
    assert done.source == "bone.tif (TIFF)"


def test_loose_pieces_are_dropped_and_counted(tmp_path):
    values = np.zeros((40, 40, 40), np.uint8)
    values[:, 10:18, 10:18] = 1
    values[30:34, 30:34, 30:34] = 1
    done = import_bone(write_nifti(tmp_path / "a.nii", values))
    assert done.kept_share == pytest.approx(2560 / (2560 + 64), rel=1e-6)
    assert "loose pieces" in " ".join(done.warnings)
    assert done.fraction[30:34, 30:34, 30:34].max() == 0.0


def test_a_coarse_voxel_is_doubted(tmp_path):
    mask = generate((40, 40, 40), 20.0, 0.2, 100.0, seed=1) >= 0.5
    done = import_bone(write_nifti(tmp_path / "a.nii", mask.astype(np.uint8)), target_voxel=40.0)
    assert "target voxel of 40 um is coarse" in " ".join(done.warnings)


def test_a_section_keeps_all_its_pieces(tmp_path):
    section = generate((1, 128, 128), 10.0, 0.2, 100.0, seed=5) >= 0.5
    done = import_bone(
        write_nifti(tmp_path / "a.nii", section.astype(np.uint8), 0.01), target_voxel=10.0
    )
    assert done.kept_share == 1.0
    assert np.array_equal(done.fraction >= 0.5, section)
    assert ndimage.label(section)[1] >= 1


@pytest.fixture
def saved(tmp_path, grey):
    done = import_bone(write_imagej(tmp_path / "bone.tif", grey), smooth=0.7)
    return done, save_bone(done, tmp_path / "bone")


def test_a_saved_bone_comes_back_exactly(saved):
    done, folder = saved
    back = load_bone(folder)
    assert np.array_equal(back.fraction, done.fraction)
    for key in ("voxel", "bv_tv", "bv_tv_image", "threshold", "warnings", "source", "sha256"):
        assert getattr(back, key) == getattr(done, key)
    assert sorted(p.name for p in folder.iterdir()) == ["bone.nii.gz", "bone.toml"]
    assert read_image(folder / "bone.nii.gz").voxel == (20.0, 20.0, 20.0)


def _no_text(folder):
    (folder / "bone.toml").unlink()


def _cut_image(folder):
    path = folder / "bone.nii.gz"
    path.write_bytes(path.read_bytes()[:-100])


def _cut_text(folder):
    path = folder / "bone.toml"
    path.write_text(path.read_text(encoding="utf-8")[:40], encoding="utf-8")


def _strange_text(folder):
    path = folder / "bone.toml"
    path.write_text(path.read_text(encoding="utf-8") + "surprise = 1\n", encoding="utf-8")


@pytest.mark.parametrize("damage", [_no_text, _cut_image, _cut_text, _strange_text])
def test_a_damaged_folder_is_refused_in_one_sentence(damage, saved):
    damage(saved[1])
    with pytest.raises(InputError, match="import") as told:
        load_bone(saved[1])
    assert "\n" not in str(told.value)
