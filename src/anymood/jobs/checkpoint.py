"""What has been done of a job: written to disk so that a process killed at any moment can be followed by another."""

import json
from collections import Counter
from dataclasses import dataclass, field, fields
from pathlib import Path

from anymood.bulk.inputs import START, Place
from anymood.disk import whole
from anymood.errors import SettingError

VERSION = 1


@dataclass(slots=True)
class Journal:
    """A job's state after a row.

    Attributes:
        job: what the rows depend on (inputs, model, options): a digest or a value for each, by what a message calls it.
        rows: how many are done.
        place: where the last one of them stands.
        written: bytes of the file of predicted rows that belong to them.
        listed: bytes of the list of problems that belong to them.
        labels: how many got each label.
        problems: how many had a problem, by reason.
        complete: whether these are all rows there are.
    """

    job: dict[str, str]
    rows: int = 0
    place: Place = START
    written: int = 0
    listed: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    complete: bool = False

    def save(self, path: Path) -> None:
        """Replace the journal on disk: whoever reads it, whenever, finds the old one or the new one, whole.

        Raises:
            OSError: it cannot be written.
        """
        values = {part.name: getattr(self, part.name) for part in fields(self)} | {"version": VERSION}
        with whole(path) as file:
            file.write(json.dumps(values).encode())

    @classmethod
    def load(cls, path: Path) -> "Journal":
        """Read one back.

        Raises:
            FileNotFoundError: there is none.
            SettingError: it is not one that this version has written.
        """
        try:
            values = json.loads(path.read_bytes())
            if values.pop("version") != VERSION:
                raise ValueError("it is in the format of another version of anymood")
            for name in ("labels", "problems"):
                values[name] = Counter(values[name])
            values["place"] = Place(*values["place"])
            return cls(**values)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingError(
                f"{path} cannot be gone on with: {error}. Ask to restart (--restart), or give another output."
            ) from error

    def differences(self, job: dict[str, str]) -> list[str]:
        """What another job depends on that this one does not, or otherwise."""
        return [name for name in {**self.job, **job} if self.job.get(name) != job.get(name)]
