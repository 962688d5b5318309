"""Write the reference pages that come from the program: commands, HTTP API, problem reasons, metrics.

``make docs`` runs it, and a test compares the pages with what it would write.

    python tools/reference_pages.py
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from anymood.cli.app import COMMANDS, DATA_COMMANDS, build_app
from anymood.posts import Reason

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
NOTE = "<!-- Written by tools/reference_pages.py; change the program in place of this page. -->\n\n"
GROUPS = {
    Reason.MISSING_IMAGE: "Images",
    Reason.MISSING_TEXT: "Texts",
    Reason.NOTHING_TO_SEE: "Posts",
    Reason.WRONG_TYPE: "Rows and cells of tables",
    Reason.NO_LABEL: "Labels",
    Reason.TRUNCATED_FILE: "Records of archives",
    Reason.UNLISTED: "Protocols of corpora",
    Reason.NOT_FOUND: "Photos on Flickr",
}
ENTRY = re.compile(r"\* `(?P<names>[^`]+)`: (?P<help>.*)")
MARKS = re.compile(r" \*\[(default|choices): (.*?)\]\*| \*\*\[(required)\]\*\*")


def commands() -> str:
    """The page of all commands with their options."""
    names = [[name] for name in sorted(COMMANDS)] + [["data", name] for name in sorted(DATA_COMMANDS)]
    intro = (
        "# Commands\n\n`anymood --help` lists the commands, and `anymood COMMAND --help` shows what is on this page. "
        "`anymood --install-completion` lets the shell complete commands, options and names of files.\n\n"
    )
    listed = "".join(f"- [`anymood {' '.join(name)}`](#anymood-{'-'.join(name)})\n" for name in names)
    return NOTE + intro + listed + "".join(f"\n{_command(name)}" for name in names)


def _command(name: list[str]) -> str:
    """The section of one command."""
    command = build_app(name)
    text: str = command.generate_docs(recursive=True)
    title = f"anymood {' '.join(name)}"
    _, _, section = text.partition(f"# {title}\n")
    section = (
        re.split(r"^#+ ", section, maxsplit=1, flags=re.MULTILINE)[0]
        .replace("image STR|PATH", "image PATH")
        .replace("STR|PATH", "NAME|PATH")
    )
    # cyclopts names the program as it was started, such as python -m pytest
    section = re.sub(r"(?<=```console\n)[^[A-Z]*", f"{title} ", section, count=1)
    lines = [f"## {title}", ""]
    rows: list[str] = []
    for line in (*section.strip().replace("```console", "```text").splitlines(), ""):
        if not line and not rows and not lines[-1]:
            continue  # the blank line after a heading of options
        if entry := ENTRY.fullmatch(line):
            rows.append(_option(entry))
        elif heading := re.fullmatch(r"\*\*(.+)\*\*:", line):
            lines += [f"**{heading[1]}**", ""]
        elif line or not rows:
            lines.append(_escaped(line))
        else:
            lines += ["| | | default |", "|---|---|---|", *rows, ""]
            rows = []
    return "\n".join(lines).rstrip() + "\n"


def _option(entry: re.Match[str]) -> str:
    """A row of a table: names and type, help, default."""
    marks = {kind or required: value for kind, value, required in MARKS.findall(entry["help"])}
    text = MARKS.sub("", entry["help"])
    if written := re.search(r" Default: (.*)\.$", text):
        text, marks["default"] = text[: written.start()], written[1]
    if "choices" in marks:
        text += f" One of {marks['choices']}."
    default = "required" if "required" in marks else marks.get("default", "")
    if "by default" in text or default in ("False", '""'):  # said in words, and may hang on the machine
        default = ""
    return f"| `{entry['names'].replace('|', chr(92) + '|')}` | {_escaped(text)} | {_escaped(default)} |"


def _escaped(text: str) -> str:
    """Text of a help as Markdown."""
    return text if text.startswith("`") else re.sub(r"([*_<|])", r"\\\1", text)


def problems() -> str:
    """The page of all reasons."""
    lines = [
        "# Problem reasons",
        "",
        "Something that is wrong with a post or a row becomes a [`Problem`][anymood.Problem] with one of these "
        "reasons. The column `reason` of a scored table, the field `reason` of the service and the counts at the end "
        "of a job use the same phrases. In Python, [`Reason`][anymood.Reason] has them as members, and "
        "`reason.meaning` is the second column.",
    ]
    for reason in Reason:
        if reason in GROUPS:
            lines += ["", f"## {GROUPS[reason]}", "", "| reason | meaning |", "|---|---|"]
        lines.append(f"| `{reason.value}` | {reason.meaning} |")
    return NOTE + "\n".join(lines) + "\n"


def http() -> str:
    """The page of the service's routes, schemas, errors and metrics."""
    from anymood.service.app import create_app

    described = create_app({}).openapi()
    lines = [
        "# HTTP API",
        "",
        "The routes of [`anymood serve`](../how-to/service.md). A running service describes itself at `/docs`, and as "
        "OpenAPI at `/openapi.json`. Limits in this page are the defaults.",
    ]
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            summary = route["summary"]
            lines += ["", f"## {method.upper()} {path}", "", summary if summary.endswith("?") else f"{summary}.", ""]
            lines += _bodies(route)
            lines += ["| status | response |", "|---|---|"]
            lines += [f"| {status} | {_response(answer)} |" for status, answer in route["responses"].items()]
    lines += ["", "## Schemas"]
    for name, schema in sorted(described["components"]["schemas"].items()):
        lines += ["", f"### {name}", "", schema.get("description", ""), "", "| field | type | |", "|---|---|---|"]
        lines += list(_fields(schema))
    lines += ["", "## Types of problems", ""]
    lines += ["The last part of the field `type` of a problem, such as `/docs#overloaded`.", ""]
    lines += ["| type | status | title |", "|---|---|---|"]
    lines += [f"| `{kind['name']}` | {kind['status']} | {kind['title']} |" for kind in described["x-problems"]]
    return NOTE + "\n".join(line.rstrip() for line in lines) + "\n"


def _bodies(route: dict[str, Any]) -> Iterator[str]:
    """What may be sent: a table for each media type, and one for the objects in its arrays."""
    for media, body in route.get("requestBody", {}).get("content", {}).items():
        fields = body["schema"]["properties"]
        parts = {f"Body, `{media}`:": body["schema"]}
        parts |= {
            f"Each of `{name}`:": field["items"]
            for name, field in fields.items()
            if "properties" in field.get("items", {})
        }
        for title, schema in parts.items():
            yield from (title, "", "| field | type | |", "|---|---|---|", *_fields(schema), "")


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        yield f"| `{name}` | {_type(field)} | {field.get('description', '')} |"


def _type(schema: dict[str, Any]) -> str:
    """The type of a value in words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_type, schema["anyOf"])))
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        most = f", at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"array of {'objects' if 'properties' in schema['items'] else _type(schema['items'])}{most}"
    if schema.get("type") == "object" and "additionalProperties" in schema:
        value = schema["additionalProperties"]
        return f"object of {_type(value)}" if isinstance(value, dict) else "object"
    kind: str = schema.get("type", "any")
    return {"byte": "string in base64", "binary": "file"}.get(schema.get("format", ""), kind)


def _response(answer: dict[str, Any]) -> str:
    """What a status comes with."""
    content = answer.get("content", {})
    media = next(iter(content), "")
    schema = content.get(media, {}).get("schema", {})
    if answer["description"] == "Successful Response":
        return _type(schema) if "$ref" in schema else f"`{media.partition(';')[0]}`"
    return f"{answer['description']}"


PAGES: dict[str, Callable[[], str]] = {"cli.md": commands, "http.md": http, "problems.md": problems}


def main() -> None:
    """Write the pages that have changed."""
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"Written: {path}")


if __name__ == "__main__":
    main()
