"""The room as others see it, and the README's training and evaluation in Python as it stands there."""

import re
import sys
from pathlib import Path

import pytest

from anymood import training
from anymood.errors import MissingExtra

README = Path(__file__).parent.parent.parent / "README.md"
SECTION = README.read_text(encoding="utf-8").partition("\n## Evaluate\n")[2].partition("\n## ")[0]
[PYTHON] = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)
SMALL = "Recipe(image_encoder='test_efficientnet', image_weights='none', word_vectors='random', epochs=1, threads=1)"


def test_readme(tmp_path, monkeypatch, capsys):
    texts = [(f"I {'love' if n % 2 else 'hate'} post {n}", "good" if n % 2 else "bad") for n in range(40)]
    rows = [f"{text},{label},{'test' if n < 10 else ''}" for n, (text, label) in enumerate(texts)]
    (tmp_path / "my_posts.csv").write_text("\n".join(["text,label,split", *rows]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    small = PYTHON.replace("Recipe(frozen=True)", SMALL)
    assert small != PYTHON
    exec(small, {})  # noqa: S102 - it is ours
    assert 0 <= float(capsys.readouterr().out) <= 1
    assert (tmp_path / "runs/mine/learning_curves.png").exists()


def test_without_the_extra_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "anymood.training.config", None)
    with pytest.raises(MissingExtra, match=r"pip install 'anymood\[train\]'"):
        _ = training.Recipe
    with pytest.raises(AttributeError, match="fly"):
        _ = training.fly
