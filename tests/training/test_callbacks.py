from anymood.evaluation.metrics import evaluate
from anymood.labels import LabelSet
from anymood.training.callbacks import validation_record

NAN = [float("nan")] * 2


def test_a_record_has_the_scores_of_each_classifier_that_saw_a_post() -> None:
    text = [[0.9, 0.1], [0.2, 0.8]]
    evaluation = evaluate([0, 0], LabelSet(("bad", "good")), text=text, image=[NAN, NAN], fused=[NAN, NAN])
    record = validation_record(evaluation)
    assert set(record) == {"routed", "text"}
    assert record["text"]["accuracy"] == 0.5
    assert record["text"]["n"] == 2
