"""Archives of social networks as the rows of a job."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from anymood.archives import COLUMNS, Archive, ArchivedPost
from anymood.errors import ImageError
from anymood.files import file_sha256, is_file
from anymood.jobs.inputs import Input, ReadOptions, file_digest
from anymood.posts import Post, Problem, Reason
from anymood.tables.cells import NOT_FETCHED
from anymood.tables.registry import format_of, is_table
from anymood.tables.rows import ALL_ROWS, Row, Shard
from anymood.wording import listed

REPLACED_COLUMNS = ("label", "problem", "reason")  # columns of archives that the prediction replaces
GIVEN_LABEL = "given_label"  # the label of a corpus, such as Sentiment140


class ArchiveFiles(Input):
    """The posts of an archive: a file, a folder or a zip.

    Args:
        archive: the archive.
        options: how it is read.
        name: name of standard input for messages; None for a file, a folder or a zip, which are named by their path.
        assumed: whether the format was detected, which becomes a note for the user.
    """

    def __init__(
        self, archive: Archive, options: ReadOptions, name: str | None = None, *, assumed: bool = True
    ) -> None:
        self.name = name or str(archive.path)
        self._archive = archive
        self._links = options.links
        self._use_alt_text = options.use_alt_text
        self._is_named = name is not None
        self.columns = tuple(column for column in COLUMNS if column not in REPLACED_COLUMNS)
        if archive.has_labels:
            self.columns += (GIVEN_LABEL,)
        self.has_image_bytes = archive.is_zip
        if assumed:
            table = None if archive.path.is_dir() else format_of(archive.path)
            hint = "" if table is None else f"; {_format_option(table.name)} reads it as a table with all its columns"
            more = "".join(f"; {_format_option(name)} reads its other posts" for name in archive.left_out)
            if tables := _other_tables(archive):
                more += f"; other tables in this folder are only read if named: {listed(tables)}"
            self.notes = (f"read as an archive in the format {archive.format} ({archive.description}){hint}{more}",)

    @property
    def identity(self) -> str:
        """The absolute path of the archive, without links, or the name of standard input."""
        return self.name if self._is_named else str(self._archive.path.resolve())

    def rows(self, skip: int = 0, shard: Shard = ALL_ROWS) -> Iterator[Row]:
        """The posts, notices and unreadable records after the first ``skip``, or a shard of them."""
        for number, archived in islice(enumerate(self._archive, 1), skip, None):
            if number in shard:
                yield self._row(number, archived)

    def count(self) -> int:
        """0: the number of posts is unknown until all are read."""
        return 0

    def digest(self) -> str:
        """Digest of the files with posts, or of standard input; images are not included."""
        return file_sha256(self._archive.path) if self._is_named else file_digest(self._archive.paths)

    def _row(self, number: int, archived: ArchivedPost) -> Row:
        values = archived.row()
        label = values["label"]
        values = {name: values[name] for name in self.columns if name != GIVEN_LABEL}
        if self._archive.has_labels:
            values[GIVEN_LABEL] = label
        problems = list(archived.problems)
        post = self._post(archived, problems)
        located = tuple(problem.at(archived.where) for problem in problems)
        return Row(number, archived.where, post, None, None, values, located, is_post=archived.kind != "notice")

    def _post(self, archived: ArchivedPost, problems: list[Problem]) -> Post:
        """The post of a record; problems of its image are added to those of the record."""
        if isinstance(archived.image, str) and archived.scored and not self._links:
            problems.append(Problem(Reason.IMAGE_IS_URL, f"its image {archived.image!r:.200} {NOT_FETCHED}"))
            archived = replace(archived, image=None)
        try:
            return archived.to_post(use_alt_text=self._use_alt_text)
        except ImageError as error:
            problems.append(error.problem)
            return replace(archived, image=None).to_post(use_alt_text=self._use_alt_text)


def _other_tables(archive: Archive) -> list[str]:
    """Names of the tables beside the files of an archive in a folder; those with other suffixes than its files first.

    JSON files and subfolders are left out, because downloads have many that are not tables.
    """
    if not archive.path.is_dir():
        return []
    read = set(archive.files)
    beside = (path for path in archive.path.iterdir() if is_table(path) and is_file(path))
    names = sorted(path.name for path in beside if path.name not in read and path.name[0] not in "._")
    names = [name for name in names if not name.lower().endswith(".json")]
    return sorted(names, key=lambda name: Path(name).suffix in {Path(each).suffix for each in read})


def _format_option(name: str) -> str:
    return f"--format {name} or format={name!r}"
