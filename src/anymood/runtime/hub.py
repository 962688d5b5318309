"""Bundles on the Hugging Face Hub, through its own client, which caches downloads."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anymood._version import __version__
from anymood.errors import AnymoodError, BundleError, ForeignBundle, SettingError, optional_dependency
from anymood.runtime.bundle import CONFIG, MODEL_CARD, Bundle, read_config

SCHEME = "hf://"
REACH_SECONDS = 5  # for the first response of the hub
CARD = "README.md"  # the page of a repository on the hub
USE = """
## Use

```
pip install 'anymood[hub]'
```

```python
import anymood

model = anymood.load("{address}")
print(model.predict("best day ever").label)
```
"""
_ADDRESS = re.compile(
    r"(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<revision>[^/@]+(?:/pr/\d+)?))?(?:/(?P<folder>[\w./-]+?))?/?"
)


@dataclass(frozen=True, slots=True)
class HubAddress:
    """Address of a bundle: ``hf://user/name``, ``hf://user/name@revision``, ``hf://user/name/folder``.

    Attributes:
        repository: ``user/name``.
        revision: a branch, a tag or a commit; None for the default branch.
        folder: folder of the bundle in the repository, empty for the repository itself.
    """

    repository: str
    revision: str | None = None
    folder: str = ""

    @classmethod
    def parse(cls, address: str) -> "HubAddress":
        """Parse an address.

        Raises:
            SettingError: it is not an address.
        """
        match = _ADDRESS.fullmatch(address.removeprefix(SCHEME))
        if match is None or ".." in address:
            raise SettingError(
                f"{address!r} is not the address of a model on the hub. Write hf://user/name, or "
                "hf://user/name@revision for a branch, a tag or a commit."
            )
        return cls(match["repository"], match["revision"], match["folder"] or "")

    def __str__(self) -> str:
        revision = "" if self.revision is None else f"@{self.revision}"
        return f"{SCHEME}{self.repository}{revision}{'/' if self.folder else ''}{self.folder}"

    def path(self, name: str) -> str:
        """Path of a file of the bundle in the repository."""
        return f"{self.folder}/{name}" if self.folder else name


def download(address: str) -> Path:
    """Download a bundle to the client's cache, unless it is there, and return its folder.

    Without a network, or with ``HF_HUB_OFFLINE=1``, the cached bundle is used.

    Raises:
        SettingError: the address is invalid, or there is no such repository or revision.
        ForeignBundle: the repository contains no bundle; only its ``config.json`` was downloaded.
        BundleError: access is denied, or the hub cannot be reached and the bundle is not cached.
        MissingExtra: the client is not installed.
    """
    where = HubAddress.parse(address)
    with _translated_errors(where):
        api = _client()
        _require_connection(api, where)
        config = Path(api.hf_hub_download(where.repository, where.path(CONFIG), revision=where.revision))
        folder = config.parent
        # Use the same commit, even if the branch changes meanwhile: .../snapshots/COMMIT/folder/config.json.
        commit = folder.parts[-1 - len(Path(where.folder).parts)]
        names = [where.path(name) for name in (*read_config(folder).files, MODEL_CARD)]
        api.snapshot_download(where.repository, revision=commit, allow_patterns=names)
    return folder


def push(
    bundle: Bundle,
    address: str,
    *,
    private: bool | None,
    license: str | None,  # as the hub calls it
    metadata: Mapping[str, Any] | None,
    message: str | None,
    token: str | None,
) -> str:
    """Write a bundle to a repository in one commit; see ``Model.push_to_hub``."""
    where = HubAddress.parse(address)
    with _translated_errors(where):
        api = _client(token)
        from huggingface_hub import CommitOperationAdd

        card = model_card(bundle, where, license, metadata or {})
        files: dict[str, bytes | str] = {where.path(CARD): card.encode()}
        for name in bundle.config.files:
            files[where.path(name)] = str(bundle.path(name))
        for name in (CONFIG, MODEL_CARD):
            if (bundle.folder / name).exists():
                files[where.path(name)] = str(bundle.folder / name)
        api.create_repo(where.repository, private=private, exist_ok=True)
        commit = api.create_commit(
            where.repository,
            [CommitOperationAdd(path, content) for path, content in sorted(files.items())],
            commit_message=message or f"Upload the anymood model {bundle.name}",
            revision=where.revision,
        )
    return str(HubAddress(where.repository, commit.oid, where.folder))


def model_card(bundle: Bundle, where: HubAddress, license: str | None, metadata: Mapping[str, Any]) -> str:
    """The README of a repository: the bundle's model card, with metadata for the hub's search.

    Args:
        bundle: the model.
        where: address of the bundle.
        license: identifier of the licence.
        metadata: additional fields, which override those of the bundle.

    Raises:
        SettingError: the metadata cannot be written as YAML.
    """
    from huggingface_hub import ModelCard, ModelCardData

    text = bundle.card or f"# {bundle.name}\n"
    card = ModelCard(text if text.startswith("---") else f"---\n{{}}\n---\n{text}")
    sees = bundle.config.trained
    fields = {
        "library_name": "anymood",
        "pipeline_tag": "image-classification" if sees == ("image",) else "text-classification",
        "tags": ["anymood", "onnx", "sentiment-analysis", *(["multimodal"] if "fused" in sees else [])],
        **card.data.to_dict(),  # type: ignore[no-untyped-call]
        **({} if license is None else {"license": license}),
        **metadata,
    }
    card.data = ModelCardData(**fields)
    if "hf://" not in card.text:
        card.text += USE.format(address=where)
    return str(card)


def _require_connection(api: Any, where: HubAddress) -> None:
    """Check the connection with one request; without a network, the client itself would try for half a minute.

    Raises:
        BundleError: the hub cannot be reached.
    """
    from huggingface_hub import errors, hf_hub_url, try_to_load_from_cache

    path = where.path(CONFIG)
    if isinstance(try_to_load_from_cache(where.repository, path, revision=where.revision), str):
        return
    url = hf_hub_url(where.repository, path, revision=where.revision, endpoint=api.endpoint)
    try:
        api.get_hf_file_metadata(url=url, timeout=REACH_SECONDS)
    except (errors.HfHubHTTPError, errors.OfflineModeIsEnabled):
        pass  # the client's error message has more details
    except Exception as error:  # errors of its HTTP client
        raise BundleError(
            f"The hub ({api.endpoint}) cannot be reached, and {where} is not in the cache: {error}. Check the network, "
            "or copy the folder of the model here and load that."
        ) from error


def _client(token: str | None = None) -> Any:
    with optional_dependency("The hub", "hub"):
        from huggingface_hub import HfApi
    return HfApi(token=token, library_name="anymood", library_version=__version__)


@contextmanager
def _translated_errors(where: HubAddress) -> Iterator[None]:
    """Errors of the client as those of anymood."""
    try:
        yield
    except AnymoodError:
        raise
    except Exception as error:  # those of its HTTP client have no common base with its own
        raise _translated(where, error) from error


def _translated(where: HubAddress, error: Exception) -> AnymoodError:
    from huggingface_hub import errors

    log_in = "Log in with: hf auth login, or set HF_TOKEN."
    known: list[tuple[type[Exception], type[AnymoodError], str]] = [  # the first match: some are subclasses of others
        (errors.GatedRepoError, BundleError, f"{where} is gated. Request access on its page on the hub. {log_in}"),
        (
            errors.RepositoryNotFoundError,
            SettingError,
            f"There is no repository {where.repository} on the hub, or it is private. {log_in}",
        ),
        (
            errors.RevisionNotFoundError,
            SettingError,
            f"{where.repository} has no branch, tag or commit {where.revision} on the hub.",
        ),
        (
            errors.LocalEntryNotFoundError,
            BundleError,
            f"{where} is not in the cache, and the hub cannot be reached or HF_HUB_OFFLINE forbids it. Load it once "
            "with a network.",
        ),
        (
            errors.EntryNotFoundError,
            ForeignBundle,
            f"{where} is not an anymood bundle: it has no {where.path(CONFIG)}.",
        ),
        (errors.HFValidationError, SettingError, f"{where} is not the address of a repository: {error}"),
    ]
    for kind, translation, message in known:
        if isinstance(error, kind):
            return translation(message)
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403):
        return BundleError(f"The hub refuses access to {where} ({status}). {log_in}")
    causes = dict.fromkeys(str(each) for each in (error, error.__cause__) if each is not None)
    return BundleError(f"{where} cannot be read from or written to the hub: {' '.join(causes)}")
