from anymood.evaluation.metrics import evaluate
from anymood.labels import LabelSet
from anymood.training.callbacks import loss_columns, validation_record

NAN = [float("nan")] * 2


def test_a_record_has_the_scores_of_each_classifier_that_saw_a_post() -> None:
    text = [[0.9, 0.1], [0.2, 0.8]]
    evaluation = evaluate([0, 0], LabelSet(("bad", "good")), text=text, image=[NAN, NAN], fused=[NAN, NAN])
    record = validation_record(evaluation)
    assert set(record) == {"routed", "text"}
    assert record["text"]["accuracy"] == 0.5
    assert record["text"]["n"] == 2


def test_a_loss_that_has_become_zero_is_not_called_missing() -> None:
    losses = {"image": 0.0, "text": 0.0, "fused": 0.0, "total": 0.0}
    assert loss_columns(losses, {"text", "total"}) == ["     -", " 0.000", "     -", " 0.000"]
