"""``anymood data``: texts and images for corpora that come without them. Needs ``anymood[collect]``."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.terminal import FAILURE, SUCCESS, UsageError
from anymood.errors import optional_dependency
from anymood.flickr.request_policy import Endpoints, RequestPolicy
from anymood.wording import counted

if TYPE_CHECKING:
    from anymood.flickr.collect import FetchSummary

KEY_VARIABLE = "ANYMOOD_FLICKR_KEY"


# The key is not an argument: other users of the machine can see arguments, and shells keep them in their history.
@Parameter(name="*")
@dataclass(frozen=True)
class CollectOptions:
    """Options of both commands."""

    key_file: Annotated[
        Path | None,
        Parameter(help=f"File with the key for Flickr's API; by default the environment variable {KEY_VARIABLE}."),
    ] = None
    limit: Annotated[int | None, Parameter(help="Maximum number of photos to fetch; by default all.")] = None
    retry_dead: Annotated[
        bool, Parameter(negative=(), help="Retry photos that Flickr reported as deleted or private.")
    ] = False


Policy: TypeAlias = Annotated[RequestPolicy | None, Parameter(name="*", group="Request policy")]
Where: TypeAlias = Annotated[Endpoints | None, Parameter(name="*", group="Endpoints")]
COLLECT_OPTIONS = CollectOptions()


def flickr_emotion(
    folder: Annotated[Path, Parameter(help="Folder of the release, with the votes in agg/*.csv.")],
    /,
    *,
    options: CollectOptions = COLLECT_OPTIONS,
    policy: Policy = None,
    endpoints: Where = None,
) -> int:
    """Fetch the images and texts of Flickr Emotion (You et al. 2016). Needs: pip install 'anymood[collect]'.

    Photos with a majority for one emotion get their image in FOLDER/images, and title, description and tags in
    FOLDER/manifest.csv. After Ctrl-C, a kill or a full disk, the same command resumes and repeats no request.
    Then: anymood train FOLDER -o RUN.
    """
    return _fetch("flickr-emotion", folder, options, policy, endpoints)


def vso(
    folder: Annotated[Path, Parameter(help="Folder of the release, with 3244ANPs.txt and bi_concepts1553.")],
    /,
    *,
    options: CollectOptions = COLLECT_OPTIONS,
    policy: Policy = None,
    endpoints: Where = None,
) -> int:
    """Fetch the texts of VSO (Borth et al. 2013). Needs: pip install 'anymood[collect]'.

    Photos get title, description and tags in FOLDER/manifest.csv; photos whose file is empty also get their image in
    FOLDER/images. After Ctrl-C, a kill or a full disk, the same command resumes and repeats no request.
    Then: anymood train FOLDER -o RUN.
    """
    return _fetch("vso", folder, options, policy, endpoints)


def _fetch(
    release: str, folder: Path, options: CollectOptions, policy: RequestPolicy | None, endpoints: Endpoints | None
) -> int:
    with optional_dependency("Fetching from Flickr", "collect"):
        from anymood.flickr.client import Key, read_key
        from anymood.flickr.collect import RELEASES, collect

    key_from_environment = os.environ.get(KEY_VARIABLE, "").strip()
    if options.key_file is None and not key_from_environment:
        raise UsageError(
            f"data {release}",
            "Flickr requires an API key, from https://www.flickr.com/services/apps/create/. Set the environment "
            f"variable {KEY_VARIABLE}, or give a file with --key-file.",
        )
    key = Key(key_from_environment) if options.key_file is None else read_key(options.key_file)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the only handler that asyncio replaces
    try:
        summary = collect(
            RELEASES[release](folder),
            folder,
            key,
            endpoints=endpoints or Endpoints(),
            policy=policy or RequestPolicy(),
            limit=options.limit,
            retry_dead=options.retry_dead,
            progress=lambda photos: terminal.progress("Fetching", lambda: photos),
        )
    except KeyboardInterrupt:
        terminal.note("Fetched files are kept. The same command resumes.")
        raise
    _note_summary(summary)
    return FAILURE if summary.unanswered else SUCCESS


def _note_summary(summary: "FetchSummary") -> None:
    """Print a summary of the fetched files."""
    terminal.note(f"{summary.photos:,} photos.")
    terminal.note(f"Texts: {counted(summary.texts)}.")
    terminal.note(f"Images: {counted(summary.images)}.")
    if summary.unanswered:
        terminal.note(
            f"Warning: {sum(summary.unanswered.values()):,} photos without a response: "
            f"{counted(summary.unanswered)}. The same command requests them again."
        )
    terminal.note(f"Written to {summary.manifest}")
