"""What a module does to the process while it is loaded stays with the module; what a job does, is put back."""

import codecs
import csv
import json
import math
import os
import random
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.queue.execution import process_settings
from app.queue.execution.process_settings import PutBackAfterwards

NAME = "patient_library"
WRITTEN: dict[str, tuple[str, Callable[[], Any]]] = {
    "a function": ("import random\nrandom.random = lambda: 4", lambda: random.random()),
    "a method": (
        "import json\njson.JSONEncoder.default = lambda self, value: 'odd'",
        lambda: json.dumps({"a": object()}),
    ),
    "a name more": ("import builtins\nbuiltins.spin = lambda: 1", lambda: eval("spin()")),
    "a whole module": ("import sys, json\nsys.modules['colorsys'] = json", lambda: sys.modules["colorsys"].__name__),
    "a module that was not loaded": ("import this_is_new\nthis_is_new.WHERE", lambda: sys.modules["this_is_new"]),
    "a finder of modules": ("import sys\nsys.meta_path.append(object())", lambda: type(sys.meta_path[-1]) is object),
    "the length of fields": ("import csv\ncsv.field_size_limit(10**6)", csv.field_size_limit),
    "what is warned of": ("import warnings\nwarnings.filterwarnings('ignore', 'odd')", lambda: warnings.filters[0][1]),
    "a variable": ("import os\nos.environ['ODD'] = 'yes'", lambda: os.environ["ODD"]),
    "a codec": (
        "import codecs\ncodecs.register(lambda name: codecs.lookup('utf-8') if name == 'odd_codec' else None)",
        lambda: codecs.lookup("odd_codec").name,
    ),
    "a sort of archive": (
        "import shutil\nshutil.register_unpack_format('odd', ['.odd'], print)",
        lambda: "odd" in [one[0] for one in shutil.get_unpack_formats()],
    ),
}


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A folder of libraries; at the end the process as it was, whatever stayed with them."""
    libraries = tmp_path / "site-packages"
    libraries.mkdir()
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)
    monkeypatch.setattr(process_settings, "MODULES_SECONDS", 0.0)
    (libraries / "this_is_new.py").write_text("WHERE = 'new'\n")
    end = process_settings.keep()
    with PutBackAfterwards():
        sys.path.append(str(libraries))
        yield
        for name in (NAME, "this_is_new"):
            sys.modules.pop(name, None)
    end()


def library(tmp_path: Path, text: str) -> None:
    (tmp_path / "site-packages" / f"{NAME}.py").write_text(text)


@pytest.mark.parametrize("what", WRITTEN)
def test_what_a_library_does_as_it_is_loaded_stays_with_it(tmp_path: Path, what: str) -> None:
    text, read = WRITTEN[what]
    library(tmp_path, text)
    told: list[str] = []
    end = process_settings.keep(on_stuck=lambda: told.append("stuck"))

    with PutBackAfterwards():
        __import__(NAME)
        meanwhile = read()
    with PutBackAfterwards():
        __import__(NAME)
        later = read()
    end()

    assert later == meanwhile
    assert told == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_the_job_does_beside_it_is_put_back(tmp_path: Path, when: str) -> None:
    library(tmp_path, "import csv\ncsv.field_size_limit(10**6)")
    usual, end = random.random, process_settings.keep()

    with PutBackAfterwards():
        for moment in ("before", "after"):
            if moment == when:
                random.random = lambda: 4.0
                os.environ["ODD"] = "yes"
            if moment == "before":
                __import__(NAME)
    found, left = random.random, os.environ.get("ODD")
    end()

    assert (found, left) == (usual, None)
    assert csv.field_size_limit() == 10**6


def test_what_a_library_does_that_cannot_be_loaded_is_put_back(tmp_path: Path) -> None:
    library(tmp_path, "import random\nrandom.random = lambda: 4\nraise ImportError('odd')")
    usual, end = random.random, process_settings.keep()

    with PutBackAfterwards(), pytest.raises(ImportError, match="odd"):
        __import__(NAME)
    found = random.random
    end()

    assert found is usual


INSTALL = "import functools, random\ndef install():\n    random.random = functools.wraps(print)(lambda: 4)"


def test_a_process_in_which_a_job_lets_a_library_patch_python_is_not_used_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library(tmp_path, INSTALL)
    usual, told = random.random, list[str]()
    end = process_settings.keep(on_stuck=lambda: told.append("stuck"))

    with PutBackAfterwards():
        __import__(NAME).install()
    found = random.random
    end()

    assert found is usual
    assert told == ["stuck"]
    assert "A library that a job called replaced random.random." in caplog.text


def test_what_a_short_job_does_for_good_stops_no_job_that_begins_after_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process_settings, "MODULES_SECONDS", math.inf)
    monkeypatch.setattr(process_settings, "PAUSE_SECONDS", 0.0)
    library(tmp_path, INSTALL)
    told: list[str] = []
    end = process_settings.keep(on_stuck=lambda: told.append("stuck"))

    with PutBackAfterwards():
        __import__(NAME).install()
    told.append("the next begins")
    with PutBackAfterwards():
        told.append("it works")
    end()

    assert told == ["stuck", "the next begins", "it works"]


def test_what_the_last_of_a_crowd_does_for_good_stops_no_job_that_begins_after_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(process_settings, "MODULES_SECONDS", math.inf)
    monkeypatch.setattr(process_settings, "PAUSE_SECONDS", math.inf)
    library(tmp_path, INSTALL)
    told: list[str] = []
    end = process_settings.keep(on_stuck=lambda: told.append("stuck"))

    with PutBackAfterwards():
        __import__(NAME).install()
    monkeypatch.setattr(process_settings, "PAUSE_SECONDS", 0.0)
    with PutBackAfterwards():
        with PutBackAfterwards():
            told.append("two work")
        told.append("one has ended")
    end()

    assert told == ["two work", "one has ended", "stuck"]


def test_a_module_of_python_that_a_job_loads_and_patches_is_python_s_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    end = process_settings.keep()

    with PutBackAfterwards():
        vars(__import__("colorsys"))["rgb_to_hsv"] = None
    found = sys.modules["colorsys"]
    end()

    assert vars(found)["rgb_to_hsv"] is not None


def test_a_module_that_is_loaded_again_is_found_as_before(tmp_path: Path) -> None:
    library(tmp_path, "import sys\nWHERE = __spec__.origin\n")
    end = process_settings.keep()

    with PutBackAfterwards():
        first = __import__(NAME)
        again = __import__("importlib").reload(first)
    end()

    assert again is first
    assert again.WHERE == str(tmp_path / "site-packages" / f"{NAME}.py")
    assert again.__spec__ is not None
    assert "exec_module" not in vars(again.__spec__.loader)
