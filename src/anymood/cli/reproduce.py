"""``anymood reproduce``: the paper's experiments on one data set. Needs ``anymood[train]``."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import LABELLED_COLUMNS, ImageFolder, LabelledColumns, NameOrPath
from anymood.cli.recipes import Settings, read_recipe
from anymood.cli.terminal import INTERRUPTED, UsageError
from anymood.errors import optional_dependency
from anymood.experiments.missing import MISSING
from anymood.experiments.study import ALL_SYSTEMS, PAPER_PARTS, Part, preset
from anymood.experiments.systems import SYSTEMS
from anymood.training.data_sources import DataSources


def reproduce(
    name: Annotated[
        Literal["flickr-emotion", "msed", "mvsa", "vso", "table"],
        Parameter(help="Data set; 'table' for your own table, or other data that anymood train reads."),
    ],
    data: Annotated[NameOrPath, Parameter(help="Folder of the data set, or the table.")],
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o", help="Folder of the study: new, empty, or of a study to resume.")],
    unpaired: Annotated[
        tuple[NameOrPath, ...],
        Parameter(negative=(), show_default=False, help="Further posts with only a text or only an image (Table 4)."),
    ] = (),
    seeds: Annotated[int, Parameter(help="Number of repetitions of each training, with different seeds.")] = 5,
    parts: Annotated[
        tuple[Part, ...],
        Parameter(
            consume_multiple=True,
            negative=(),
            show_default=", ".join,
            help="What to train: paper (Tables 2 and 3), unpaired (Table 4), folds, shares (Figure 3), fusions, "
            "weights (of the losses), systems (of other papers), missing (methods for missing modalities).",
        ),
    ] = PAPER_PARTS,
    systems: Annotated[
        tuple[str, ...],
        Parameter(
            consume_multiple=True,
            negative=(),
            show_default=False,
            help="Systems, all by default: single-task image (SI), text (ST) or multimodal (SM), multitask (MT: C_v, "
            f"C_t, C_m); of other papers {', '.join(SYSTEMS.names())}; for missing modalities "
            f"{', '.join(MISSING.names())}.",
        ),
    ] = ALL_SYSTEMS,
    examples: Annotated[
        bool,
        Parameter(
            negative="--no-examples",
            help="Show test posts in the report (Table 5). Turn this off for reports that you share.",
        ),
    ] = True,
    recipe: Annotated[
        NameOrPath, Parameter(help="JSON file with settings, or the name of a bundled recipe.")
    ] = "frozen",
    columns: LabelledColumns = LABELLED_COLUMNS,
    image_folder: ImageFolder = None,
    settings: Annotated[Settings | None, Parameter(name="*")] = None,
) -> int | None:
    """Run the paper's experiments on a data set, with one report. Needs: pip install 'anymood[train]'.

    The parts fusions, weights, systems and missing compare further methods. All systems share the recipe; the settings
    below override it. Finished trials are not repeated: after Ctrl-C, the same command resumes.
    """
    with optional_dependency("Reproducing the paper", "train"):
        from anymood.experiments.report import write_report
        from anymood.experiments.results import numbers
        from anymood.experiments.run import run_study
    if not parts or not systems:
        raise UsageError("reproduce", "Name at least one of the parts and one of the systems, or leave the option out.")
    sources = DataSources(
        table=data,
        unpaired=unpaired,
        columns=columns.named(),
        image_folder=None if image_folder is None else str(image_folder),
    )
    study = preset(name, sources, read_recipe(recipe, dict(settings or {})), seeds=seeds, parts=parts, systems=systems)
    try:
        result = run_study(study, output, terminal.note)
        measured = numbers(result)
        report = write_report(result, measured, output, examples=examples)
    except KeyboardInterrupt:
        terminal.note("Stopped. The same command resumes the study.")
        return INTERRUPTED
    for line in measured.in_words():
        terminal.note(line)
    terminal.note(f"The report is {report}")
    return None
