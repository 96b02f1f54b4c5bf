"""`import-bone` and `measure`: from an image to a bone, and what its trabeculae look like."""

import io
import shlex
from pathlib import Path
from typing import Annotated

import typer

from remodel_abm.commands.tables import show, write_csv
from remodel_abm.declare import InputError
from remodel_abm.units import quantity

RUN, BONE = "scenario", "bone"  # whose TOML file tells what a folder is
WIDEST = 20.0  # voxels; a Gaussian wider than trabeculae leaves none

Edge = Annotated[
    str | None,
    typer.Option(metavar='"19.5 um"', help="Edge of a voxel, if the file does not say."),
]
Threshold = Annotated[str, typer.Option(metavar="otsu|N", help="Bone is above this grey value.")]
Smooth = Annotated[float, typer.Option(help="Gaussian before the threshold, in voxels.")]
Labels = Annotated[
    str | None, typer.Option(metavar="100,127", help="Values that are bone in a label image.")
]


def import_bone(
    image: Annotated[
        Path, typer.Argument(help="TIFF stack, NIfTI, MetaImage, NRRD, or a DICOM folder.")
    ],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the bone goes.")],
    voxel_size: Edge = None,
    threshold: Threshold = "otsu",
    smooth: Smooth = 0.0,
    labels: Labels = None,
    crop: Annotated[
        str | None, typer.Option(metavar='"2 mm"', help="Edge of a cube cut from the middle.")
    ] = None,
    voxel: Annotated[str, typer.Option(metavar='"20 um"', help="Voxel of the model.")] = "20 um",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the bone that --out holds.")
    ] = False,
):
    """Turn a micro-CT image into a bone that a run can start from.

    Writes bone.nii.gz, bone.toml and preview.png, in which the bone is outlined.

    Examples:

      remodel-abm import-bone scan.tif --voxel-size "19.5 um" --out bones/mine

      remodel-abm import-bone labels.nii.gz --labels 100,127 --crop "2 mm" --out bones/tibia

      remodel-abm run menopause --bone bones/mine
    """
    from remodel_abm.results.files import explained
    from remodel_abm.tissue import specimen

    _make_ready(out, overwrite)
    edge, cut, target = (
        _um(value, what)
        for value, what in ((voxel_size, "--voxel-size"), (crop, "--crop"), (voxel, "--voxel"))
    )
    level, values, smooth = _level(threshold), _labels(labels), _smooth(smooth)
    _preview(image, edge, level, smooth, values, out / "preview.png")
    print(f"The bone found is outlined in {out / 'preview.png'}; measuring it", flush=True)
    bone = specimen.import_bone(image, edge, level, smooth, values, cut, target)
    with explained(out):
        specimen.save_bone(bone, out)
    _tell(f"{bone.source}: as the model sees it", bone.fraction, bone.voxel, None)
    print(
        f"In the image BV/TV is {100 * bone.bv_tv_image:.1f} %, in the piece cut from it "
        f"{100 * bone.bv_tv_crop:.1f} %, Tb.Th {bone.tb_th_image:.0f} um"
    )
    for warning in bone.warnings:
        print(f"Warning: {warning}")
    print(f"Run it with: remodel-abm run menopause --bone {shlex.quote(str(out))}")


def _make_ready(out: Path, overwrite: bool) -> None:
    """Make the folder of a bone, or refuse one that holds a run, another bone or something else."""
    from remodel_abm.results.files import check_writable, is_run_folder

    if is_run_folder(out):
        msg = f"cannot write a bone to {out}: it holds a run; name a folder of its own"
        raise InputError(msg)
    if (out / "bone.toml").is_file() and not overwrite:
        msg = f"{out} holds a bone already; name another folder, or replace it with --overwrite"
        raise InputError(msg)
    # A preview alone is what an import that was refused half-way leaves.
    if not any((out / name).is_file() for name in ("bone.toml", "preview.png")):
        check_writable(out, what="a bone")


def _preview(path: Path, edge, level, smooth, labels, target: Path) -> None:
    """Draw the bone that was found, before anything is made of it."""
    from remodel_abm.results.files import write_atomically
    from remodel_abm.tissue import segment, specimen
    from remodel_abm.tissue.image import read_image

    whole = segment.isotropic(read_image(path, edge))
    found = segment.segment(whole, level, smooth, labels)
    picture = io.BytesIO()
    specimen.preview(whole, found).savefig(picture, format="png", dpi=150)
    write_atomically(target, lambda file: file.write(picture.getvalue()))


def measure(
    source: Annotated[
        Path, typer.Argument(metavar="IMAGE_OR_RUN", help="An image, a bone, or a run folder.")
    ],
    day: Annotated[
        int | None, typer.Option(help="Day of the run's snapshot; the last without.")
    ] = None,
    voxel_size: Edge = None,
    threshold: Threshold = "otsu",
    smooth: Smooth = 0.0,
    labels: Labels = None,
    csv: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write it as CSV; - prints it.")
    ] = None,
):
    """Measure trabecular morphometry of an image, an imported bone or a day of a run.

    Examples:

      remodel-abm measure scan.nii.gz

      remodel-abm measure runs/menopause-seed1 --day 3650 --csv day3650.csv
    """
    if not source.exists():
        msg = f"{source}: no such file or folder"
        raise InputError(msg)
    kind = next((k for k in (RUN, BONE) if (source / f"{k}.toml").is_file()), "image")
    of_images = {
        "--voxel-size": voxel_size is not None, "--threshold": threshold != "otsu",
        "--smooth": smooth != 0.0, "--labels": labels is not None,
    }  # fmt: skip
    given = of_images if kind != "image" else {}
    _refuse_useless(source, kind, given | {"--day": day is not None and kind != RUN})
    if kind == RUN:
        title, fraction, voxel = _snapshot(source, day)
    elif kind == BONE:
        from remodel_abm.tissue.specimen import load_bone

        bone = load_bone(source)
        title, fraction, voxel = f"{source}: imported bone", bone.fraction, bone.voxel
    else:
        edge, level = _um(voxel_size, "--voxel-size"), _level(threshold)
        title, fraction, voxel = _image(source, edge, level, _smooth(smooth), _labels(labels))
    _tell(title, fraction, voxel, csv)


def _refuse_useless(source: Path, kind: str, given: dict[str, bool]) -> None:
    """Refuse options that would be ignored."""
    useless = [name for name, is_given in given.items() if is_given]
    if useless:
        told = {RUN: "a run", BONE: "an imported bone"}.get(kind, "an image")
        msg = f"{useless[0]} says nothing of {source}, which is {told}; leave it out"
        raise InputError(msg)


def _snapshot(folder: Path, day: int | None) -> tuple:
    from remodel_abm.results import Results
    from remodel_abm.results.snapshot import snapshot_days

    days = snapshot_days(folder)
    if not days:
        msg = f"{folder} holds no snapshots yet"
        raise InputError(msg)
    snapshot = Results(folder=folder).snapshot(days[-1] if day is None else day)
    return f"{folder}: day {snapshot.day}", snapshot.matrix(), snapshot.voxel


def _image(path: Path, edge, level, smooth, labels) -> tuple:
    from remodel_abm.tissue import segment
    from remodel_abm.tissue.image import read_image

    image = segment.isotropic(read_image(path, edge))
    part = segment.crop(segment.segment(image, level, smooth, labels))
    for warning in part.warnings:
        typer.echo(f"Warning: {warning}", err=True)
    return image.source, part.bone.astype(float), part.voxel[0]


def _tell(title: str, fraction, voxel: float, csv: str | None) -> None:
    """Print or write the morphometry of a bone."""
    from remodel_abm.measures.morphometry import NAMES, summary

    flat = fraction.shape[0] == 1
    rows = []
    for key, value in summary(fraction, voxel, voxel).items():
        symbol, flat_symbol, unit, flat_unit, doc = NAMES[key]
        symbol, unit = (flat_symbol, flat_unit) if flat else (symbol, unit)
        if symbol:
            rows.append((symbol, value if value == value else None, unit, doc))
    header = ("measure", "value", "unit", "meaning")
    if csv is not None:
        write_csv(csv, header, rows)
        return
    size = " x ".join(f"{n * voxel / 1000:.2f}" for n in fraction.shape)
    show(title, {"measure": "left", "value": "right", "unit": "left", "meaning": "wrap"}, rows,
         f"{size} mm (z, y, x) in voxels of {voxel:g} um")  # fmt: skip


def _um(value: str | None, what: str) -> float | None:
    """Return a length in um, None if none was given."""
    if value is None:
        return None
    found = quantity(value, "um", what)
    if not found > 0:
        msg = f"{what} = {value} is not a length above 0 um"
        raise InputError(msg)
    return found


def _smooth(sigma: float) -> float:
    """Return the width of a Gaussian in voxels; what is no number passes every range."""
    if not 0.0 <= sigma <= WIDEST:
        msg = f"--smooth = {sigma:g}; allowed are 0 to {WIDEST:g} voxels"
        raise InputError(msg)
    return sigma


def _level(threshold: str) -> str | float:
    return threshold if threshold == "otsu" else quantity(threshold, "1", "--threshold (or otsu)")


def _labels(given: str | None) -> list[int] | None:
    if given is None:
        return None
    try:
        return [int(value) for value in given.split(",")]
    except ValueError as error:
        msg = f"--labels {given!r} are not whole numbers with commas between, such as 100,127"
        raise InputError(msg) from error
