"""``anymood explain``: an explanation of the prediction of one post."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from anymood.cli import terminal
from anymood.cli.options import EngineOption, Json, ModelOption, NameOrPath, Overwrite, PriorOption, Threads, load_model
from anymood.cli.terminal import UsageError


def explain(
    *text: Annotated[str, Parameter(help="Text of a post; put a text that looks like an option after --.")],
    image: Annotated[NameOrPath | None, Parameter(help="Image file of the post.")] = None,
    label: Annotated[
        str | None, Parameter(help="Label whose probability is explained; by default the predicted label.")
    ] = None,
    whole_text: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Compute the effect of each word in the whole text, with one prediction per word; by default, in a "
            "passage of about 8 words.",
        ),
    ] = False,
    model: ModelOption = "sentiment",
    json: Json = False,
    output: Annotated[
        Path | None,
        Parameter(alias="-o", help="Output file: a picture (.png), a page (.html) or JSON (.json)."),
    ] = None,
    overwrite: Overwrite = False,
    prior: PriorOption = None,
    threads: Threads = None,
    engine: EngineOption = None,
) -> None:
    """Explain a prediction: the effects of text and image, of words, and of regions.

    Effects are differences of the label's probability in percentage points. Those of text and image are Shapley values:
    with the prior, they sum to the predicted probability. The effect of a word is the mean of its effect alone and its
    effect among the words around it. The effect of a region is the decrease of the probability without it.
    """
    if len(text) > 1:
        raise UsageError("explain", terminal.several_texts(text))
    if not text and image is None:
        raise UsageError("explain", "Nothing to explain: give a text, an image (--image), or both.")
    if json and output is not None:
        raise UsageError("explain", "--json is for standard output. For JSON in a file, end its name in .json.")
    import anymood
    from anymood.files import check_output, is_file

    if output is not None:
        from anymood.explanation.values import SUFFIXES

        check_output(output, SUFFIXES, overwrite=overwrite)
    if text and is_file(Path(text[0])):
        terminal.note(
            f"{text[0]!r:.200} is predicted as the text of a post. To explain an image, use --image; to explain a "
            "post of a table, give its text."
        )
    loaded = load_model(model, threads=threads, engine=engine, prior=prior)
    post_text = terminal.as_text(text[0]) if text else None
    explanation = anymood.explain(post_text, image, model=loaded, label=label, whole_text=whole_text)
    terminal.require_image(explanation.prediction, image)
    if json:
        terminal.print_json(explanation.to_dict())
        return
    from anymood.cli.panels import explanation_panel

    terminal.save_and_show(output, explanation.save, lambda: terminal.console().print(explanation_panel(explanation)))
