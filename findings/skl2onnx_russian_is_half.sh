#!/usr/bin/env bash
# skl2onnx 1.20.0: an exported classifier of Russian texts gives every text the same probability.
#
# TfidfVectorizer with LogisticRegression is the usual baseline for sentiment, and to_onnx() converts the pipeline to an ONNX graph
# that takes texts. The vectorizer has its defaults except lowercase=False, so words match "(?u)\b\w\w+\b": letters of any alphabet.
# Expected: The graph gives the probabilities of the pipeline, or to_onnx() reports what it does not support, as for strip_accents.
# Observed: Words are "[a-zA-Z0-9_]+" in the graph, without a warning. Each Russian text is an empty text, and French words end at
# their accents. With the option tokenexp, which sets another expression, the graph and the pipeline agree.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    skl2onnx==1.20.0 onnxruntime==1.32.0 onnx==1.23.2 scikit-learn==1.9.1 numpy==2.4.6

"$work/venv/bin/python" -W error::UserWarning - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import onnxruntime
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType

def exported(pipeline, texts, **options):
    model = to_onnx(
        pipeline,
        initial_types=[("texts", StringTensorType([None, 1]))],
        options={id(pipeline): {"zipmap": False}, TfidfVectorizer: options},
    )
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"texts": np.array(texts, dtype=object)[:, None]})[1][:, 1]

print("skl2onnx", version("skl2onnx"))
corpora = {
    "English": ["very good", "love this film", "bad and sad", "hate the rain"],
    "Russian": ["очень хорошо", "люблю это кино", "плохо и грустно", "ненавижу дождь"],
}
found = {}
for language, texts in corpora.items():
    pipeline = make_pipeline(TfidfVectorizer(lowercase=False), LogisticRegression(C=100)).fit(texts, [1, 1, 0, 0])
    right = pipeline.predict_proba(texts)[:, 1]
    found[language] = exported(pipeline, texts)
    print(language, "in scikit-learn:", right.round(2), "in ONNX Runtime:", found[language].round(2))
    assert np.allclose(right, exported(pipeline, texts, tokenexp=r"\pL+"), atol=1e-4)
    if language == "English":
        assert np.allclose(right, found["English"], atol=1e-4)
assert np.ptp(found["Russian"]) == 0 and np.ptp(right) > 0.9
PYTHON
