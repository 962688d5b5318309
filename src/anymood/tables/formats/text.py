"""Plain text: one post per line."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

from anymood.tables.format import Dialect, Format, HasPosts, Head, Record
from anymood.tables.lines import add_line_problems, count_lines, filled_lines, require_file
from anymood.tables.registry import register


@register
class PlainText(Format):
    """One text per line; blank lines are skipped. It has no suffix, because most .txt files have no posts."""

    name = "text"
    description = "plain text, one post per line: .txt files that are given by their names, or --format text"
    suffixes = ()
    dialect = frozenset({"skip_lines", "header"})

    def head(self, path: Path, dialect: Dialect, has_posts: HasPosts) -> Head:
        """The only column; ``details`` is the number of lines before the posts."""
        del has_posts
        require_file(path)
        with closing(filled_lines(path)) as lines:
            is_table = "\t" in (line.text if (line := next(lines, None)) else "")
        note = "each line is read as a text; if it is a table with tabs, add --format tsv or format='tsv'"
        return Head(("text",), notes=(note,) if is_table else (), details=dialect.skip_lines or 0)

    def records(self, path: Path, head: Head) -> Generator[Record, None, None]:
        with closing(filled_lines(path)) as lines:
            posts = (line for line in lines if line.number > head.details)
            for number, line in enumerate(posts, 1):
                record = Record(number, f"{path.name}:{line.number}", {"text": line.text.rstrip("\r\n")})
                add_line_problems(record, [line])
                yield record

    def count(self, path: Path) -> int:
        """Approximate number of posts: a blank line counts as one."""
        return count_lines(path)
