"""The checkpoint of a job, from which another process can resume it."""

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path

from anymood.errors import SettingError
from anymood.files import atomic_write
from anymood.jobs.inputs import START, RowPosition

VERSION = 1


@dataclass(slots=True)
class Checkpoint:
    """State of a job after a row.

    Attributes:
        job: digests or values of all that the rows depend on (inputs, model, options), by their names in messages.
        rows: number of rows written.
        position: position of the last of them.
        written: length in bytes of the file of predicted rows.
        listed: length in bytes of the list of problems.
        labels: number of rows with each label.
        problems: number of rows with a problem, by reason.
        complete: whether these are all rows.
    """

    job: dict[str, str]
    rows: int = 0
    position: RowPosition = START
    written: int = 0
    listed: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    complete: bool = False

    def save(self, path: Path) -> None:
        """Replace the checkpoint on disk atomically.

        Raises:
            OSError: it cannot be written.
        """
        values = {part.name: getattr(self, part.name) for part in fields(self)} | {"version": VERSION}
        values["place"] = values.pop("position")  # its name in the file
        with atomic_write(path) as file:
            file.write(json.dumps(values).encode())

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read a checkpoint.

        Raises:
            FileNotFoundError: it does not exist.
            SettingError: it was not written by this version.
        """
        try:
            values = json.loads(path.read_bytes())
            if values.pop("version") != VERSION:
                raise ValueError("it is in the format of another version of anymood")
            for name in ("labels", "problems"):
                values[name] = Counter(values[name])
            values["position"] = RowPosition(*values.pop("place"))
            return cls(**values)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingError(
                f"{path} cannot be continued: {error}. Use --restart, or give another output."
            ) from error

    def differences(self, job: dict[str, str]) -> list[str]:
        """Names of the values that differ from those of another job."""
        return [name for name in {**self.job, **job} if self.job.get(name) != job.get(name)]
