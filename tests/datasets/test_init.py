import subprocess
import sys

import anymood.datasets


def test_all_names_are_there_once():
    names = anymood.datasets.__all__
    assert len(names) == len(set(names))
    assert all(hasattr(anymood.datasets, name) for name in names)


def test_importing_the_package_is_light():
    program = "import sys, anymood.datasets; print(*{m.partition('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout.split()
    assert not {"torch", "numpy", "pyarrow", "PIL", "tokenizers"} & set(loaded)
