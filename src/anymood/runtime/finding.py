"""Resolution of a model's name, path or address to the folder of its bundle."""

import os
from pathlib import Path

from anymood import models
from anymood.errors import SettingError
from anymood.runtime.bundle import CONFIG, IMAGE_GRAPH
from anymood.runtime.hub import SCHEME, download

BUNDLED = Path(models.__path__[0])
RUN_BUNDLE = "bundle"  # the folder of a training run that holds its bundle


def bundled_names(bundled: Path = BUNDLED) -> tuple[str, ...]:
    """Sorted names of the bundled models."""
    return tuple(sorted(config.parent.name for config in bundled.glob(f"*/{CONFIG}")))


def is_bundled(folder: Path, bundled: Path = BUNDLED) -> bool:
    """Whether a folder is that of a bundled model."""
    return folder.resolve().parent == bundled.resolve()


def find_bundle(source: str | os.PathLike[str], bundled: Path = BUNDLED) -> Path:
    """The folder of a bundle.

    Args:
        source: name of a bundled model, folder of a bundle or of a training run, or an address on the Hugging Face Hub,
            ``hf://user/name``, which is downloaded. Write ``./name`` for a folder with the name of a bundled model.
        bundled: folder of the bundled models.

    Raises:
        SettingError: there is no such model or folder; the message lists the bundled models.
    """
    names = bundled_names(bundled)
    listed = f"Bundled models: {', '.join(names)}." if names else "No model is bundled with this installation."
    if not isinstance(source, str | os.PathLike):
        raise SettingError(f"A model is a name or a folder, not {type(source).__name__}. {listed}")
    if source == "":
        raise SettingError(f"The name of the model is empty. {listed} Or give the folder of a bundle or a run.")
    if isinstance(source, str) and source.startswith(SCHEME):
        return download(source)
    if isinstance(source, str) and source in names:
        return bundled / source
    folder = Path(source)
    try:
        if (folder / RUN_BUNDLE / CONFIG).is_file():  # first, because the folder of a run also has a config
            return folder / RUN_BUNDLE
        if (folder / "metrics.jsonl").is_file() and not (folder / IMAGE_GRAPH).exists():
            raise SettingError(
                f"The run in {folder} has not finished, so it has no model yet. Resume it: anymood train --resume "
                f"{folder}"
            )
        if folder.is_dir():
            return folder
        if folder.is_file():
            raise SettingError(
                f"{folder} is a file, but a model is a folder. Give the folder that contains it. {listed}"
            )
    except OSError as error:  # a name too long for a file, a folder that may not be entered
        raise SettingError(f"There is no model {os.fspath(source)!r:.80}: {error.strerror}. {listed}") from error
    from difflib import get_close_matches

    close = get_close_matches(str(source), names, n=1)
    suggestion = f"Did you mean {close[0]!r}? " if close else ""
    raise SettingError(
        f"There is no model {os.fspath(source)!r}. {suggestion}{listed} Or give the folder of a bundle or a run."
    )
