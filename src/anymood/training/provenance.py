"""The posts that a model was trained on, for its evaluation."""

from pathlib import Path
from typing import NamedTuple

from anymood.datasets.corpus import Corpus, Example
from anymood.errors import AnymoodError
from anymood.runtime.finding import find_bundle
from anymood.training.data_sources import DataSources, TrainingData
from anymood.training.run_folder import RunFolder


class Provenance(NamedTuple):
    """The data sources of a finished run, and its posts."""

    sources: DataSources
    posts: TrainingData

    @classmethod
    def of(cls, model: str) -> "Provenance | None":
        """Those of a model; None if it is not in a run's folder, or if the posts have changed or no longer exist."""
        try:
            config = RunFolder(find_bundle(model).parent).read_config()
            sources = DataSources.from_dict(config["sources"])
            posts = sources.read(config["recipe"]["seed"])
        except (AnymoodError, KeyError, TypeError):  # a run of another version may have another config
            return None
        return cls(sources, posts) if posts.matches(config) else None

    def has(self, table: Path) -> bool:
        """Whether this is the table that the run was trained on."""
        return Path(self.sources.table).resolve() == table.resolve()

    def held_out(self, table: Path, corpus: Corpus) -> tuple[Example, ...]:
        """The run's validation posts, if it drew them from this table, which has no validation split."""
        if any(example.split == "validation" for example in corpus.examples):
            return ()
        return self.posts.validation if self.sources.validation is None and self.has(table) else ()
