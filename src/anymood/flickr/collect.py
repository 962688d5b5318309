"""Fetches texts and images of a release's photos and writes a manifest; interrupted jobs resume."""

import asyncio
import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from anymood.datasets.corpora.flickr_emotion import voted_photos
from anymood.datasets.corpora.vso import paired_photos
from anymood.datasets.flickr import MANIFEST, MANIFEST_COLUMNS, Photo
from anymood.errors import JobError, SettingError
from anymood.files import PARTIAL_SUFFIX, atomic_write
from anymood.flickr.client import Dead, Flickr, Key, Unanswered
from anymood.flickr.journal import Journal
from anymood.flickr.request_policy import Endpoints, RequestPolicy
from anymood.flickr.texts import from_html, from_title, one_line
from anymood.posts import Reason
from anymood.progress import Update, no_progress

JOURNAL = "journal.jsonl"
IMAGES = "images"
MAX_FAILED = 10  # consecutive photos without a response before the job stops
DEFAULT_ENDPOINTS, DEFAULT_POLICY = Endpoints(), RequestPolicy()

STATIC = "https://live.staticflickr.com/{server}/{photo}_{secret}.jpg"  # flickr.com/services/api/misc.urls.html


@dataclass(frozen=True, slots=True)
class FetchSummary:
    """Summary of what has been fetched of a release.

    Attributes:
        photos: number of photos.
        texts: number of photos by the state of their text: ``fetched``, a reason, or ``not requested yet``.
        images: likewise for their images.
        unanswered: number of photos left for the next run, by reason.
        manifest: the table that was written.
    """

    photos: int
    texts: dict[str, int]
    images: dict[str, int]
    unanswered: dict[str, int]
    manifest: Path


def _vso_photos(folder: Path) -> list[Photo]:
    """The photos of VSO. Images whose file is empty are fetched."""
    photos = paired_photos(folder, [])
    return [photo if photo.image and photo.image.stat().st_size else replace(photo, image=None) for photo in photos]


# Functions that return the labelled photos in the folder of a release, and raise ``TableError`` for another folder.
RELEASES: dict[str, Callable[[Path], list[Photo]]] = {
    "flickr-emotion": lambda folder: voted_photos(folder, []),
    "vso": _vso_photos,
}


def collect(
    photos: Sequence[Photo],
    folder: Path,
    key: Key,
    *,
    endpoints: Endpoints = DEFAULT_ENDPOINTS,
    policy: RequestPolicy = DEFAULT_POLICY,
    limit: int | None = None,
    retry_dead: bool = False,
    progress: Callable[[int], AbstractContextManager[Update]] = no_progress,
) -> FetchSummary:
    """Fetch the missing texts and images of photos, and write ``manifest.csv``.

    Texts and the ids of deleted photos are in ``folder/journal.jsonl``, images in ``folder/images``. Another call
    only requests missing data, also after a kill. The manifest has a row for each complete photo, and is also
    written after an error.

    Args:
        photos: photos of the release.
        folder: folder of the release.
        key: key for Flickr's API.
        endpoints: URLs of Flickr.
        policy: rate and retries of requests.
        limit: maximum number of photos to fetch; by default all.
        retry_dead: repeat requests for photos that did not exist.
        progress: called with the number of photos; returns a context manager, whose value is called with the number of
            photos that are done.

    Raises:
        JobError: Flickr rejects the key or does not respond, the disk is full, or another process uses the folder.
        SettingError: the limit is less than 1.
        KeyboardInterrupt: the job was interrupted; the same call resumes it.
    """
    if limit is not None and limit < 1:
        raise SettingError(f"'limit' is {limit}. Give at least 1, or nothing for all photos.")
    with _writing(folder):
        journal = Journal(folder / JOURNAL, forget_dead=retry_dead)  # its lock protects the whole folder
    with journal:
        with _writing(folder):
            (folder / IMAGES).mkdir(exist_ok=True)
            for rest in (folder / IMAGES).glob(f"*{PARTIAL_SUFFIX}"):
                rest.unlink()
            job = _Job(folder, journal)
        todo = [photo for photo in photos if not job.is_done(photo)]
        before = len(photos) - len(todo)
        todo = todo[:limit]
        try:
            with progress(before + len(todo)) as update:
                update(before)
                if todo:
                    _run(job.work(todo, key, endpoints, policy, lambda done: update(before + done)))
        finally:
            with _writing(folder):
                journal.sync()
                job.write_manifest(photos)
        return job.summary(photos)


@dataclass(slots=True)
class _Job:
    """The state of a job.

    Attributes:
        folder: folder of the release.
        journal: journal of the responses.
        unanswered: number of photos left for the next run, by reason.
        consecutive: number of consecutive photos without a response.
        images: names of the fetched files.
    """

    folder: Path
    journal: Journal
    unanswered: Counter[str] = field(default_factory=Counter)
    consecutive: int = 0
    images: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.images = set(os.listdir(self.folder / IMAGES))  # noqa: PTH208 - names suffice

    async def work(
        self, todo: Sequence[Photo], key: Key, endpoints: Endpoints, policy: RequestPolicy, update: Update
    ) -> None:
        """Fetch photos concurrently."""
        waiting = iter(todo)
        done = 0

        async def worker(flickr: Flickr) -> None:
            nonlocal done
            for photo in waiting:
                await self.fetch(photo, flickr)
                done += 1
                update(done)

        async with Flickr(key, endpoints, policy) as flickr, asyncio.TaskGroup() as workers:
            for _ in range(min(policy.concurrency, len(todo))):
                workers.create_task(worker(flickr))

    async def fetch(self, photo: Photo, flickr: Flickr) -> None:
        """Fetch the missing text and image of a photo.

        The text comes first: if a captive portal responds in place of Flickr, its response to the API is invalid, and
        no image is recorded as missing.
        """
        try:
            if not self.knows_text(photo):
                outcome = await flickr.info(photo.id, photo.secret)
                with _writing(self.folder):
                    self.journal.add(photo.id, "text", outcome)
            if not self.knows_image(photo):
                await self.fetch_image(photo, flickr)
        except Unanswered as reason:
            self.unanswered[str(reason)] += 1
            self.consecutive += 1
            if self.consecutive == MAX_FAILED:
                raise JobError(
                    f"Flickr did not respond for {MAX_FAILED} consecutive photos. The last error: {reason}. Fetched "
                    "files are kept. When Flickr can be reached, the same command resumes."
                ) from None
        else:
            self.consecutive = 0

    async def fetch_image(self, photo: Photo, flickr: Flickr) -> None:
        """Fetch an image from the URL of the release or the API."""
        url = photo.url
        if url is None and (info := self.journal.info(photo.id)) is not None:
            url = STATIC.format(server=info.server, photo=photo.id, secret=info.secret)
        outcome: bytes | Dead
        outcome = Dead(self.journal.dead["text"][photo.id]) if url is None else await flickr.image(url)
        with _writing(self.folder):
            if isinstance(outcome, Dead):
                self.journal.add(photo.id, "image", outcome)
            else:
                name = f"{photo.id}.jpg"
                await asyncio.to_thread(_write_image, self.folder / IMAGES / name, outcome)
                self.images.add(name)

    def knows_text(self, photo: Photo) -> bool:
        return self.journal.has_text(photo.id) or photo.id in self.journal.dead["text"]

    def knows_image(self, photo: Photo) -> bool:
        return self.image(photo) is not None or photo.id in self.journal.dead["image"]

    def is_done(self, photo: Photo) -> bool:
        return self.knows_text(photo) and self.knows_image(photo)

    def image(self, photo: Photo) -> Path | None:
        """The image of a photo: of the release, or fetched."""
        if photo.image is not None:
            return photo.image
        name = f"{photo.id}.jpg"
        return self.folder / IMAGES / name if name in self.images else None

    def write_manifest(self, photos: Sequence[Photo]) -> None:
        """Write the table of all complete photos."""
        with atomic_write(self.folder / MANIFEST) as raw:
            file = io.TextIOWrapper(raw, "utf-8", newline="")
            out = csv.writer(file)
            out.writerow(MANIFEST_COLUMNS)
            out.writerows(self.row(photo) for photo in photos if self.is_done(photo))
            file.detach()

    def row(self, photo: Photo) -> tuple[str, ...]:
        """A row of the manifest, in the order of its columns."""
        info, image = self.journal.info(photo.id), self.image(photo)
        path = "" if image is None else image.relative_to(self.folder).as_posix()
        if info is None:
            return photo.id, "", path, "", "", ""
        title, description = from_title(info.title), from_html(info.description)
        tags = ", ".join(one_line(tag) for tag in info.tags)
        return photo.id, f"{title} {description}".strip(), path, title, description, tags

    def summary(self, photos: Sequence[Photo]) -> FetchSummary:
        texts, images = Counter[str](), Counter[str]()
        for photo in photos:
            has_text, has_image = self.journal.has_text(photo.id), self.image(photo) is not None
            texts["fetched" if has_text else self.journal.dead["text"].get(photo.id, Reason.NOT_REQUESTED)] += 1
            images["there" if has_image else self.journal.dead["image"].get(photo.id, Reason.NOT_REQUESTED)] += 1
        return FetchSummary(
            len(photos),
            dict(texts.most_common()),
            dict(images.most_common()),
            dict(self.unanswered.most_common()),
            self.folder / MANIFEST,
        )


def _run(work: Coroutine[None, None, None]) -> None:
    try:
        asyncio.run(work)
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None  # the first, of several workers with the same error


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Raise errors of the disk as ``JobError``."""
    try:
        yield
    except OSError as error:
        raise JobError(
            f"{folder} cannot be written: {error.strerror or error}. Fetched files are kept. "
            "When this is fixed, the same command resumes."
        ) from error


def _write_image(path: Path, data: bytes) -> None:
    with atomic_write(path) as file:
        file.write(data)
