"""``anymood explain``: an explanation of the prediction of one post."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.terminal import (
    EngineOption,
    Json,
    ModelOption,
    NameOrPath,
    Overwrite,
    PriorOption,
    Threads,
    UsageError,
)


def explain(
    *text: Annotated[str, Parameter(help="The text of a post; after -- it may look like an option.")],
    image: Annotated[NameOrPath | None, Parameter(help="The image of the post, a file.")] = None,
    label: Annotated[
        str | None, Parameter(help="The label whose probability is explained; by default the predicted one.")
    ] = None,
    whole_text: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Take each word beside the whole text, which takes as long as a prediction for each; by default, "
            "beside a passage of about 8 words.",
        ),
    ] = False,
    model: ModelOption = "sentiment",
    json: Json = False,
    output: Annotated[
        Path | None,
        Parameter(alias="-o", help="A file for the explanation: a picture (.png), a page (.html) or .json."),
    ] = None,
    overwrite: Overwrite = False,
    prior: PriorOption = None,
    threads: Threads = None,
    engine: EngineOption = None,
) -> None:
    """Explain a prediction: the effects of text and image, of words, and of regions.

    Effects are differences of the label's probability in percentage points. Those of text and image are Shapley values:
    with the prior they sum to the predicted probability. The effect of a word is the mean of its effect alone and of
    that in the words around it; the effect of a region is the decrease of the probability without it.
    """
    if len(text) > 1:
        raise UsageError("explain", f"There are {len(text)} texts. Quote one that has blanks.")
    if not text and image is None:
        raise UsageError("explain", "Nothing to explain: give a text, an image (--image), or both.")
    if json and output is not None:
        raise UsageError("explain", "--json is for standard output. For JSON in a file, end its name in .json.")
    import anymood
    from anymood.files import check_output, is_file

    if output is not None:
        from anymood.explanation.files import SUFFIXES

        check_output(output, SUFFIXES, overwrite=overwrite)
    if text and is_file(Path(text[0])):
        terminal.note(f"{text[0]!r:.200} is predicted as the text of a post. To explain the image, use --image.")
    loaded = terminal.load_model(model, threads=threads, engine=engine, prior=prior)
    explanation = anymood.explain(text[0] if text else None, image, model=loaded, label=label, whole_text=whole_text)
    terminal.require_image(explanation.prediction)
    if output is not None:
        from anymood.explanation.files import write_explanation

        write_explanation(explanation, output)
    if json:
        terminal.print_json(explanation.to_dict())
        return
    from anymood.cli.panels import explanation_panel

    terminal.console().print(explanation_panel(explanation))
    if output is not None:
        terminal.note(f"Written to {output}")
