"""The posts that a finished run learnt from."""

from pathlib import Path
from typing import NamedTuple

from anymood.datasets.corpus import Corpus, Example
from anymood.errors import AnymoodError
from anymood.runtime.finding import find_bundle
from anymood.training.data_sources import DataSources, TrainingData
from anymood.training.run_folder import RunFolder


class Provenance(NamedTuple):
    """Where a run's posts came from, and the posts."""

    sources: DataSources
    posts: TrainingData

    @classmethod
    def of(cls, model: str) -> "Provenance | None":
        """That of a model; None if it is not in a run's folder, or if the posts have changed or are gone."""
        try:
            config = RunFolder(find_bundle(model).parent).read_config()
            sources = DataSources.from_dict(config["sources"])
            posts = sources.read(config["recipe"]["seed"])
        except (AnymoodError, KeyError, TypeError):  # a run of another version may have another config
            return None
        return cls(sources, posts) if posts.is_of(config) else None

    def held_out(self, table: Path, corpus: Corpus) -> tuple[Example, ...]:
        """Posts of a table without validation posts that the run did not learn from, but chose its epoch by."""
        if any(example.split == "validation" for example in corpus.examples):
            return ()
        is_own = self.sources.validation is None and Path(self.sources.table).resolve() == table.resolve()
        return self.posts.validation if is_own else ()
