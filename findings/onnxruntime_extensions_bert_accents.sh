#!/usr/bin/env bash
# onnxruntime-extensions 0.15.2: BertTokenizer lowercases words but keeps accents, so uncased models do not know them.
#
# The operator puts BERT's tokenizer into an ONNX graph. BERT's own tokenizer, and Hugging Face's by default, strip accents when they
# lowercase: the vocabularies of uncased models have "cafe" and "detest", and no accents.
# Expected: "Café" is "cafe", as in tokenizers; do_lower_case is 1 by default.
# Observed: "Café" is [UNK], "CAFE" is "cafe". Accents are only stripped with strip_accents=1, which is 0 by default, for any
# do_lower_case.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    onnxruntime-extensions==0.15.2 onnxruntime==1.32.0 onnx==1.23.2 tokenizers==0.23.3 numpy==2.4.6

cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
import onnxruntime_extensions
from onnx import TensorProto, helper
from tokenizers import BertWordPieceTokenizer

words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "cafe", "so", "good"]
with open("vocab.txt", "w") as file:
    file.write("\n".join(words))

def tokens(text, **options):
    outputs = ["ids", "types", "mask"]
    node = helper.make_node(
        "BertTokenizer", ["text"], outputs, domain="ai.onnx.contrib", vocab_file="\n".join(words), **options
    )
    graph = helper.make_graph(
        [node],
        "tokenizer",
        [helper.make_tensor_value_info("text", TensorProto.STRING, [1])],
        [helper.make_tensor_value_info(name, TensorProto.INT64, None) for name in outputs],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.contrib", 1)]
    settings = onnxruntime.SessionOptions()
    settings.register_custom_ops_library(onnxruntime_extensions.get_library_path())
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    return [words[number] for number in session.run(["ids"], {"text": np.array([text], dtype=object)})[0]]

tokenizer = BertWordPieceTokenizer("vocab.txt", lowercase=True)
print("onnxruntime-extensions", onnxruntime_extensions.__version__)
for text in ("So good CAFE", "So good Café"):
    print(text, "tokenizers:", tokenizer.encode(text).tokens, "BertTokenizer:", tokens(text))
right = ["[CLS]", "so", "good", "cafe", "[SEP]"]
assert tokenizer.encode("So good Café").tokens == tokenizer.encode("So good CAFE").tokens == right
assert tokens("So good CAFE") == right
assert tokens("So good Café") == tokens("So good Café", do_lower_case=1) == ["[CLS]", "so", "good", "[UNK]", "[SEP]"]
assert tokens("So good Café", strip_accents=1) == right
PYTHON
