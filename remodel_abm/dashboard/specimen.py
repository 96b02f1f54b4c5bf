"""Your bone: a micro-CT image is uploaded, its threshold previewed, a piece cut out, and run."""

import re
import tempfile
import threading
from pathlib import Path

import numpy as np

from remodel_abm.dashboard.panel import Panel, script
from remodel_abm.declare import InputError
from remodel_abm.tissue import segment, specimen
from remodel_abm.tissue.image import read_image

LARGEST_FILE = 300 * 2**20  # bytes
MOST_VOXELS = 2_500_000  # of the piece that is run; more is for the command line
FOLDER = Path("bones")
SHOWN = 360  # pixels a side of the preview


class SpecimenPanel(Panel):
    """Takes an image to pieces step by step; each step answers with a preview or a sentence."""

    _esm = script("specimen")

    def __init__(self, **traits):
        super().__init__(spec={"largest": LARGEST_FILE}, **traits)
        self._folder = tempfile.TemporaryDirectory(prefix="remodel_abm-")
        self._path: Path | None = None
        self._image = None
        self._lock = threading.Lock()

    def asked(self, content, buffers, hub):
        """Take a piece of the file, or answer a question about it, beside the page's own work."""
        if content["want"] == "piece":
            self._take(content, buffers[0])
            return
        work = {"preview": self._preview, "run": self._run}[content["want"]]
        threading.Thread(target=self._guarded, args=(work, content, hub), daemon=True).start()

    def _guarded(self, work, content, hub):
        with self._lock:
            try:
                work(content, hub)
            except InputError as error:
                told = str(error).replace(f"{self._folder.name}/", "")
                self.send({"kind": "refused", "text": told})
            except Exception as error:
                self.send({"kind": "refused", "text": f"{type(error).__name__}: {error}"})

    def _take(self, content, body):
        """Append a piece of the file that is being uploaded."""
        name = Path(content["name"]).name
        if content["first"]:
            self._path, self._image = Path(self._folder.name) / name, None
            self._path.unlink(missing_ok=True)
        if self._path is None or self._path.name != name:
            return
        size = self._path.stat().st_size if self._path.exists() else 0
        if size + len(body) > LARGEST_FILE:
            self.send({"kind": "refused", "text": f"{name} is larger than 300 MB"})
            return
        with self._path.open("ab") as file:
            file.write(body)
        if content["last"]:
            self.send({"kind": "uploaded"})

    def _read(self, content):
        if self._image is None or content.get("voxel") != self._edge:
            self._edge = content.get("voxel")
            self._image = segment.isotropic(read_image(self._path, self._edge))
        return self._image

    def _preview(self, content, hub):
        image = self._read(content)
        threshold = "otsu" if content.get("threshold") is None else content["threshold"]
        found = segment.segment(image, threshold)
        part = segment.crop(found, content["crop"]) if content.get("crop") else found
        corners = segment.inner_box(found.region)
        middle = sum(corners) / 2 / np.array(image.values.shape)
        depth = image.values.shape[0]
        plane = int(np.clip(content.get("plane", 0.5) * depth, 0, depth - 1))
        step = max(1, -(-max(image.values.shape[1:]) // SHOWN))
        grey = image.values[plane, ::step, ::step].astype(float)
        low, high = np.percentile(image.values[:: max(1, depth // 20), ::4, ::4], (0.5, 99.5))
        shade = np.uint8(255 * np.clip((grey - low) / max(high - low, 1e-9), 0, 1))
        bone = found.bone[plane, ::step, ::step].astype(np.uint8)
        counts, edges = np.histogram(image.values[:: max(1, depth // 20)], 64)
        head = {
            "kind": "preview", "height": shade.shape[0], "width": shade.shape[1],
            "threshold": found.threshold, "bv_tv": part.bv_tv, "warnings": part.warnings,
            "voxel": image.voxel[0], "size": [n * image.voxel[0] for n in image.values.shape],
            "cut": [n * part.voxel[0] for n in part.bone.shape], "source": image.source,
            "middle": middle.tolist(), "counts": counts.tolist(),
            "low": float(edges[0]), "high": float(edges[-1]),
        }  # fmt: skip
        self.send(head, [shade.tobytes(), bone.tobytes()])

    def _run(self, content, hub):
        threshold = "otsu" if content.get("threshold") is None else content["threshold"]
        made = specimen.import_bone(
            self._path, content.get("voxel"), threshold, crop=content.get("crop"),
            target_voxel=content["target"],
        )  # fmt: skip
        if made.fraction.size > MOST_VOXELS:
            sides = " x ".join(map(str, made.fraction.shape))
            msg = f"{sides} voxels are more than this page lives; cut a smaller piece, or take "
            raise InputError(msg + "larger voxels, or use: remodel-abm import-bone")
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", self._path.name.split(".")[0]).strip("-") or "bone"
        folder = specimen.save_bone(made, FOLDER / name)
        told = f"BV/TV {100 * made.bv_tv:.1f} %, kept in {folder}; the scenario file names it."
        self.send({"kind": "done", "text": " ".join((told, *made.warnings))})
        hub.session.tell("reset", bone={"source": str(folder)})
