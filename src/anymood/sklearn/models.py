"""Models of estimators: cached per process, and not pickled with an estimator."""

import functools
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

from anymood.errors import BundleError
from anymood.runtime.bundle import CONFIG, MODEL_CARD, Bundle
from anymood.runtime.finding import find_bundle
from anymood.runtime.predictor import Model


def load_model(base: Any, threads: int | None, engine: str | None, digest: str | None = None) -> Model:
    """The model of a name or a folder, cached while its files do not change.

    Args:
        base: a bundled model's name, or a folder.
        threads: number of threads.
        engine: name of the engine.
        digest: digest of the model that an estimator was fitted with.

    Raises:
        SettingError: there is no such model or engine.
        BundleError: it cannot be loaded, or has changed.
    """
    bundle = Bundle.open(find_bundle(base))
    if digest not in (None, bundle.config.digest()):
        raise BundleError(
            f"The model {base!s} is not the one that the estimator was fitted with. Fit it again, or install the "
            "version of anymood that it was fitted with."
        )
    return _load(bundle.folder, bundle.config.digest(), threads, engine)


@functools.lru_cache(maxsize=4)
def _load(folder: Path, digest: str, threads: int | None, engine: str | None) -> Model:
    return Model(Bundle.open(folder), threads, engine)


class TrainedBundle:
    """The files of a bundle in memory, so that a trained model can be pickled; the bundle's folder may be temporary."""

    def __init__(self, bundle: Bundle) -> None:
        self.files = {name: bundle.path(name).read_bytes() for name in bundle.config.files}
        for name in (CONFIG, MODEL_CARD):
            if (bundle.folder / name).exists():
                self.files[name] = (bundle.folder / name).read_bytes()
        self._folder: str | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"files": self.files, "_folder": None}

    def write(self, folder: str | os.PathLike[str]) -> None:
        """Write the bundle into a folder, which is created if missing."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            (target / name).write_bytes(content)

    def load(self, threads: int | None, engine: str | None) -> Model:
        """The model, from a temporary folder with the lifetime of this object."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="anymood-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            self.write(self._folder)
        return load_model(self._folder, threads, engine)
