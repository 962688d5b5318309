"""``anymood formats``: the supported files."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from anymood.cli import terminal
from anymood.cli.options import Json

if TYPE_CHECKING:
    from rich.table import Table


def formats(*, json: Json = False) -> None:
    """List the supported tables, images and archives of social networks.

    Formats are recognised by suffix or content. Their names are the values of --format in anymood predict.
    """
    from anymood.archives.reader import READERS
    from anymood.jobs.opening import IMAGES
    from anymood.preparation.decoding import FORMATS
    from anymood.tables import all_formats

    tables: list[dict[str, Any]] = [
        {
            "name": name,
            "description": table_format.description,
            "suffixes": list(table_format.suffixes),
            "compressible": table_format.compressible,
            "written": table_format.writer is not None,
        }
        for name, table_format in all_formats().items()
    ]
    images = {"name": IMAGES, "description": f"{', '.join([*FORMATS, 'HEIC'])}: a file, or a folder of them"}
    archives = [
        {"name": name, "description": reader.description, "known_by": reader.expects}
        for name, reader in sorted(READERS.all().items())
    ]
    if json:
        terminal.print_json({"tables": tables, "images": [images], "archives": archives})
        return
    out = terminal.console()
    out.print("Tables, recognised by suffix:", soft_wrap=True)
    out.print(
        _grid(
            (
                entry["name"],
                entry["description"],
                f"{' '.join(entry['suffixes'])}{', also compressed' if entry['compressible'] else ''}".lstrip(", "),
            )
            for entry in tables
        )
    )
    out.print("\nImages, recognised by content:", soft_wrap=True)
    out.print(_grid([(images["name"], images["description"], "")]))
    out.print("\nArchives of social networks, a file, a folder or a zip, recognised by content:", soft_wrap=True)
    out.print(_grid((entry["name"], entry["description"], entry["known_by"]) for entry in archives))


def _grid(rows: Iterable[tuple[str, str, str]]) -> "Table":
    """Names with their descriptions, and on a separate line how they are recognised."""
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column()
    for name, description, known_by in rows:
        grid.add_row(Text(name), Text(description) + Text(f"\n{known_by}" if known_by else "", "dim"))
    return grid
