"""Job files in several folders: each gets what lies beside it."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import pytest

from app.queue import registry

JOB = """
from app.queue import JobContext, job
{imports}
@job
def {name}(ctx: JobContext) -> object:
    {body}
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """No kinds, and at the end the modules and the search path that there were."""
    modules, path, finders = set(sys.modules), list(sys.path), list(sys.meta_path)
    with registry.isolated():
        yield
    for name in set(sys.modules) - modules:
        del sys.modules[name]
    sys.path[:], sys.meta_path[:] = path, finders


def write(folder: Path, more: Mapping[str, str] = MappingProxyType({}), **files: str) -> None:
    """Write files into a folder: modules by name, `more` by their paths."""
    for name, text in {**more, **{f"{name}.py": text for name, text in files.items()}}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def job_file(name: str, imports: str, body: str) -> str:
    return JOB.format(name=name, imports=imports, body=body)


def load(*files: Path) -> None:
    registry.load([str(file) for file in files])
    assert [one.error for one in registry.broken] == []


def test_two_files_of_one_name_have_a_helper_each(tmp_path: Path) -> None:
    for folder in ("a", "b", "c"):
        write(
            tmp_path / folder,
            jobs=job_file(f"of_{folder}", "import helper", "return helper.WHERE"),
            helper=f"WHERE = {folder!r}\n",
        )

    load(*(tmp_path / folder / "jobs.py" for folder in ("a", "b", "c")))

    assert [registry.kinds[f"of_{folder}"].run_inline().result for folder in ("a", "b", "c")] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        ("from helper import WHERE", "return WHERE"),
        ("from helper import *", "return WHERE"),
        ("import helper as other", "return other.WHERE"),
        ("", "import helper; return helper.WHERE"),
        ("import tools.deep.words", "return tools.deep.words.WHERE"),
        ("from tools.deep import words", "return words.WHERE"),
        ("import tools", "return tools.WHERE"),
        ("import through", "return through.find()"),
        ("import bare.words", "return bare.words.WHERE"),
        ("from bare import words", "return words.WHERE"),
        ("import importlib", "return importlib.import_module('helper').WHERE"),
        ("from importlib import import_module", "return import_module('tools.deep.words').WHERE"),
        ("import importlib, tools", "return importlib.import_module('.deep.words', 'tools').WHERE"),
        ("import pkgutil", "return pkgutil.resolve_name('helper:WHERE')"),
        ("", "return __import__('helper').WHERE"),
        ("", "found = {}; exec('import helper', globals(), found); return found['helper'].WHERE"),
    ],
)
def test_every_import_finds_what_lies_beside(tmp_path: Path, imports: str, body: str) -> None:
    for folder in ("first", "second"):
        here = f"WHERE = {folder!r}\n"
        inner = {
            "tools/__init__.py": "from .deep.words import WHERE\nimport helper\nassert helper.WHERE == WHERE\n",
            "tools/deep/__init__.py": "",
            "tools/deep/words.py": f"import helper\nfrom ..other import OTHER\n{here}assert helper.WHERE == OTHER\n",
            "tools/other.py": here.replace("WHERE", "OTHER"),
            "bare/words.py": f"import helper\n{here}assert helper.WHERE == WHERE\n",
        }
        through = "def find():\n    from helper import WHERE\n    return WHERE\n"
        write(tmp_path / folder, inner, jobs=job_file(f"of_{folder}", imports, body), helper=here, through=through)

    load(*(tmp_path / folder / "jobs.py" for folder in ("first", "second")))

    assert registry.kinds["of_first"].run_inline().result == "first"
    assert registry.kinds["of_second"].run_inline().result == "second"


def test_a_helper_alone_in_the_second_folder_imports_its_own_neighbours(tmp_path: Path) -> None:
    write(tmp_path / "a", jobs=job_file("of_a", "import helper", "return helper.WHERE"), helper="WHERE = 'a'\n")
    write(
        tmp_path / "b",
        jobs=job_file("of_b", "import only_here", "return only_here.WHERE"),
        only_here="from helper import WHERE\n",
        helper="WHERE = 'b'\n",
    )

    load(tmp_path / "a" / "jobs.py", tmp_path / "b" / "jobs.py")

    assert registry.kinds["of_b"].run_inline().result == "b"


def test_a_module_that_is_imported_twice_is_one(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(
            tmp_path / folder,
            jobs=job_file(f"of_{folder}", "import helper, other", "return helper.MARK is other.MARK"),
            helper="MARK = object()\n",
            other="from helper import MARK\n",
        )

    load(tmp_path / "a" / "jobs.py", tmp_path / "b" / "jobs.py")

    assert registry.kinds["of_a"].run_inline().result is True
    assert registry.kinds["of_b"].run_inline().result is True


def test_what_lies_beside_goes_before_what_is_installed_but_not_before_the_standard_library(tmp_path: Path) -> None:
    write(
        tmp_path,
        jobs=job_file("both", "import dotenv, json, queue", "return dotenv.WHERE, json.dumps(1), queue.Queue.__name__"),
        dotenv="WHERE = 'beside'\n",
        queue="WHERE = 'beside'\n",
    )

    load(tmp_path / "jobs.py")

    assert registry.kinds["both"].run_inline().result == ("beside", "1", "Queue")


def test_a_folder_of_data_hides_no_installed_package(tmp_path: Path) -> None:
    write(tmp_path, {"dotenv/values.txt": ""}, jobs=job_file("reader", "import dotenv", "return dotenv.__name__"))

    load(tmp_path / "jobs.py")

    assert registry.kinds["reader"].run_inline().result == "dotenv"


def test_a_job_file_of_an_installed_packages_name_gets_the_package(tmp_path: Path) -> None:
    write(tmp_path, pydantic=job_file("named_so", "import pydantic", "return pydantic.VERSION"))

    load(tmp_path / "pydantic.py")

    assert registry.kinds["named_so"].run_inline().result[0].isdigit()


@pytest.mark.parametrize(
    "imports", ["import app.models", "from app.models import THING", "from app import models", "import app.settings"]
)
def test_a_package_that_ours_hides_is_said_and_not_guessed(tmp_path: Path, imports: str) -> None:
    write(
        tmp_path,
        {"app/__init__.py": "", "app/models.py": "THING = 1\n", "app/settings.py": ""},
        jobs=job_file("hidden", imports, "return 1"),
    )

    registry.load([str(tmp_path / "jobs.py")])

    assert registry.broken[-1].error == (
        f"{imports.replace('from', 'import').split(' import')[0]}: Jobdeck's own package is called app too, and hides "
        f"{tmp_path / 'app' / '__init__.py'}. Give yours another name."
    )


@pytest.mark.parametrize("second", ["jobs.py", "other.py", "jobs.v2.py"])
@pytest.mark.thorough
def test_a_process_that_is_spawned_finds_what_lies_beside_the_second_file(tmp_path: Path, second: str) -> None:
    imports = "import concurrent.futures as pools, dataclasses, helper, multiprocessing as mp\n"
    imports += "@dataclasses.dataclass\nclass Given:\n    text: str\n"
    work = "def work(given): return type(given).__module__ == __name__, given.text + helper.WHERE, helper.find()\n"
    body = "pool = pools.ProcessPoolExecutor(1, mp_context=mp.get_context('spawn'))\n"
    body += "    with pool: return pool.submit(work, Given('from ')).result()"
    for folder, name in (("a", "jobs.py"), ("b", second)):
        helper = f"from through import find\nWHERE = {folder!r}\n"
        through = "def find():\n    import helper\n    return helper.WHERE\n"
        text = job_file(f"of_{folder}", imports + work, body)
        write(tmp_path / folder, {name: text}, helper=helper, through=through)

    load(tmp_path / "a" / "jobs.py", tmp_path / "b" / second)

    assert registry.kinds["of_b"].run_inline().result == (True, "from b", "b")


def test_a_folder_of_data_leaves_modules_their_names(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        name = f"only_{folder}"
        write(tmp_path / folder, {"parts/list.txt": "", f"{name}.py": job_file(name, "", "return __name__")})

    load(tmp_path / "a" / "only_a.py", tmp_path / "b" / "only_b.py")

    assert registry.kinds["only_b"].run_inline().result == "only_b"


def test_a_job_file_of_the_second_folder_is_told_that_it_is_no_package(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write(tmp_path / folder, jobs=job_file(f"of_{folder}", "", "from . import helper"), helper="")

    load(tmp_path / "a" / "jobs.py", tmp_path / "b" / "jobs.py")

    for folder in ("a", "b"):
        with pytest.raises(ImportError, match="attempted relative import with no known parent package"):
            registry.kinds[f"of_{folder}"].run_inline()


def in_a_clone(tmp_path: Path, names: Sequence[str]) -> Path:
    """Let Python look first into a folder that has these modules and a dot-file, and give another that has them too."""
    for folder in ("clone", "mine"):
        write(tmp_path / folder, {".git/config": "", ".gitignore": "", "tests/__init__.py": "", "docs/one.py": ""})
        write(tmp_path / folder, {f"{name}.py": f"WHERE = {folder!r}\n" for name in names})
    sys.path.insert(0, str(tmp_path / "clone"))
    return tmp_path / "mine"


def test_files_that_no_job_imports_leave_it_its_name(tmp_path: Path) -> None:
    folder = in_a_clone(tmp_path, ["main", "setup", "conftest"])
    write(
        folder,
        {"parts/__init__.py": "from .one import WHERE\n", "parts/one.py": "WHERE = 'part'\n"},
        myjobs=job_file("mine", "import dataclasses, words", "return __name__, words.__name__, words.find()"),
        words="def find():\n    from parts import WHERE\n    return WHERE\n",
    )

    load(folder / "myjobs.py")

    assert registry.kinds["mine"].run_inline().result == ("myjobs", "words", "part")


@pytest.mark.parametrize(
    "imports",
    [
        "import main",
        "import json, main as other",
        "import json, \\\n    main",
        "from main import WHERE",
        "import importlib\nimportlib.import_module('main')",
        "import importlib\nimportlib.import_module('ma' + 'in')",
        "import importlib\nfor name in ('main',): importlib.import_module(name)",
        "exec('import main')",
        "import through",
        "import parts.one",
        "import bare.one",
        "try:\n    raise OSError\nexcept OSError:\n    import main",
    ],
)
def test_a_file_that_imports_what_a_clone_has_too_is_found_by_no_name_that_leads_there(
    tmp_path: Path, imports: str
) -> None:
    folder = in_a_clone(tmp_path, ["main"])
    write(
        folder,
        {"parts/__init__.py": "", "parts/one.py": "import main\n", "bare/one.py": "import main\n"},
        myjobs=job_file("mine", imports, "return __name__"),
        through="def find():\n    import main\n    return main\n",
    )

    load(folder / "myjobs.py")

    assert registry.kinds["mine"].run_inline().result != "myjobs"


@pytest.mark.parametrize(
    ("imports", "said"),
    [
        ("import main.missing", "No module named 'main.missing'; 'main' is not a package"),
        ("from parts import other", "No module named 'parts.missing'"),
        ("from main import missing", "cannot import name 'missing' from 'main' ("),
        ("import importlib; importlib.import_module('main.missing')", "No module named 'main.missing'; 'main' is not"),
    ],
)
def test_what_is_missing_is_named_as_the_author_wrote_it(tmp_path: Path, imports: str, said: str) -> None:
    folder = in_a_clone(tmp_path, ["main"])
    parts = {"parts/__init__.py": "", "parts/other.py": "import main\nfrom .missing import THING\n"}
    write(folder, parts, myjobs=job_file("at_start", imports, "return 1"))
    write(folder, late=job_file("at_run", "", imports))

    registry.load([str(folder / "myjobs.py"), str(folder / "late.py")])

    assert said in registry.broken[-1].error
    assert "neighbours" not in registry.broken[-1].error
    with pytest.raises(ImportError) as raised:
        registry.kinds["at_run"].run_inline()
    assert "cannot import" in said or said in str(raised.value)
