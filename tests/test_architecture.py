"""House rules that no linter knows."""

import ast
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("app", "channels", "core", "inbox", "people", "tags", "tasks")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "service", "services", "misc"}


def modules(*packages: str) -> list[Path]:
    return sorted(file for package in packages or PACKAGES for file in (ROOT / package).rglob("*.py"))


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def place(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def calls_of(tree: ast.AST, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def our_files() -> Iterator[Path]:
    """Every file of the checkout that somebody wrote."""
    made = {".git", ".hypothesis", "dist", ".venv", "var", "build", "node_modules", "test-results"}
    for folder, names, files in os.walk(ROOT):
        names[:] = [
            name for name in names if name not in made and not name.endswith(("_cache", "__pycache__"))
        ]
        if Path(folder) != ROOT / "app/static":
            yield from (Path(folder, name) for name in files if name != ".env")


def test_only_the_database_module_commits() -> None:
    # Migrations have a connection of their own, before there is any unit of work.
    allowed = {"core/db.py", "app/migrate.py"}
    found = [
        place(file, call)
        for file in modules()
        if str(file.relative_to(ROOT)) not in allowed
        for call in calls_of(tree_of(file), "commit")
    ]
    assert found == []


def test_views_get_objects_through_access_alone() -> None:
    found = [
        place(file, call)
        for folder in ("app/views", "app/api")
        for file in modules(folder)
        for call in calls_of(tree_of(file), "get")
        if ast.unparse(call.func) in {"session.get", "db.session.get"}
    ]
    assert found == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_verb_says_what_it_does(package: str) -> None:
    silent = [
        place(file, function)
        for file in modules(package)
        if file.name == "actions.py" or file.parent.name == "actions"
        for function in tree_of(file).body
        if isinstance(function, ast.FunctionDef)
        if not function.name.startswith("_") and not ast.get_docstring(function)
    ]
    assert silent == []


def test_verbs_take_the_session_first() -> None:
    wrong = [
        place(file, function)
        for file in modules()
        if file.name == "actions.py" or file.parent.name == "actions"
        for function in tree_of(file).body
        if isinstance(function, ast.FunctionDef) and not function.name.startswith("_")
        if "session" in [argument.arg for argument in function.args.args[1:]]
    ]
    assert wrong == []


def test_verbs_never_open_a_unit_of_work_of_their_own() -> None:
    found = [
        place(file, node)
        for file in modules()
        if file.name == "actions.py" or file.parent.name == "actions"
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "transaction"
    ]
    assert found == []


def test_queries_never_write() -> None:
    found = [
        place(file, call)
        for file in modules()
        if file.name == "queries.py"
        for method in ("add", "add_all", "delete", "flush", "commit")
        for call in calls_of(tree_of(file), method)
        if ast.unparse(call.func).startswith("session.")
    ]
    assert found == []


def test_no_file_is_too_long_to_be_read() -> None:
    lengths = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in modules()}
    assert [f"{file.relative_to(ROOT)}: {n} lines" for file, n in lengths.items() if n > LONGEST_FILE] == []


def test_no_function_is_too_long_to_be_seen_whole() -> None:
    long = [
        f"{place(file, function)} {function.name}: {function.end_lineno - function.lineno + 1} lines"
        for file in modules()
        for function in functions(tree_of(file))
        if function.end_lineno is not None and function.end_lineno - function.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_no_module_hides_behind_an_empty_name() -> None:
    assert [str(file.relative_to(ROOT)) for file in modules() if file.stem in FORBIDDEN_NAMES] == []


def test_nothing_is_left_to_be_done_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in modules()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if later.search(line)
    ]
    assert found == []


def test_time_is_asked_of_the_clock_alone() -> None:
    # What compares clocks or stamps lines of other programs needs the machine's own time.
    allowed = {"core/clock.py", "app/doctor/database.py", "app/output.py"}
    found = [
        place(file, call)
        for file in modules()
        if str(file.relative_to(ROOT)) not in allowed
        for method in ("now", "utcnow", "today")
        for call in calls_of(tree_of(file), method)
        if ast.unparse(call.func)
        in {"datetime.now", "datetime.utcnow", "date.today", "datetime.datetime.now"}
    ]
    assert found == []


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(
        r"pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.jsr\.io"
        r"|--(?:extra-)?index-url|--find-links",
        re.IGNORECASE,
    )
    own = {Path(__file__).resolve(), ROOT / "bin/lock"}  # they say what must not be there
    found = []
    for file in our_files():
        if file.resolve() in own or file.suffix in {".png", ".woff2", ".eml", ".ico"}:
            continue
        if hosts.search(file.read_text(encoding="utf-8", errors="ignore")):
            found.append(str(file.relative_to(ROOT)))
    assert found == []


def test_every_package_is_held_to_the_types_layers_and_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    known = {file.parent.name for file in ROOT.glob("*/__init__.py")} - {"tests", "bench"}
    assert known <= set(project["mypy"]["packages"])
    assert known <= set(project["importlinter"]["root_packages"])
    assert known <= set(project["hatch"]["build"]["targets"]["wheel"]["packages"])


@pytest.mark.parametrize("lock", ["run", "test"])
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", text.strip(), flags=re.IGNORECASE)
    assert len(entries) > 50
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    asked = {
        "run": [
            *project["project"]["dependencies"],
            *project["project"]["optional-dependencies"]["embedded"],
            *groups["build"],
        ],
        "test": [pin for pin in groups["test"] if isinstance(pin, str)],
    }
    for lock, pins in asked.items():
        text = (ROOT / f"requirements/{lock}.txt").read_text(encoding="utf-8")
        locked = set(re.findall(r"^([\w.-]+==[^\s;\\]+)", text, re.MULTILINE))
        assert {re.sub(r"\[.*?\]|;.*", "", pin) for pin in pins} <= locked


def test_both_locks_agree() -> None:
    versions = [
        dict(
            re.findall(
                r"^([\w.-]+)==([^\s;\\]+)", (ROOT / f"requirements/{lock}.txt").read_text(), re.MULTILINE
            )
        )
        for lock in ("run", "test")
    ]
    run, test = versions
    assert {name: version for name, version in run.items() if test.get(name) != version} == {}


def test_every_locked_package_has_its_licence_noted() -> None:
    locked = re.findall(r"^([\w.-]+==[^\s;\\]+)", (ROOT / "requirements/run.txt").read_text(), re.MULTILINE)
    noted = (ROOT / "requirements/licences.txt").read_text().splitlines()
    assert [
        f"{name}" for name in locked if not any(row.startswith(name.replace("==", " ")) for row in noted)
    ] == []


def test_the_procfile_calls_commands_that_exist() -> None:
    from app.cli import COMMANDS
    from app.procfile import read_procfile

    assert all((line.arguments or [""])[0] in COMMANDS for line in read_procfile().values())


# Promise 6: who deletes rows, and of what. All else stays until the law or an owner's term says otherwise.
TAKEN_OUT = {
    "app/api/drafts.py delete_upload": ["Attachment"],  # of a message that was not sent
    "channels/challenges.py forget_spent_challenges": ["SpentChallenge"],
    "channels/checks.py ask_about_calls": ["ChannelCheck"],
    "channels/errand_runner.py _claim": ["Errand"],
    "channels/errand_runner.py _settle": ["Errand"],
    "channels/hooks.py _drop": ["Errand"],
    "channels/planning.py drop_unsent": ["MessagePart"],  # a call that was not made; the message stays
    "channels/rates.py forget_old_marks": ["RateMark"],
    "channels/rates.py freeze": ["RateMark"],
    "channels/sent_copies.py _forget": ["SentCopy"],
    "channels/sign_ins/asking.py heed_change": ["SignInAttempt"],
    "channels/sign_ins/asking.py sign_out": ["SignInAttempt"],
    "channels/sign_ins/finishing.py _forget": ["SignInAttempt"],
    "channels/sign_ins/finishing.py decline_account": ["SignInAttempt"],
    "channels/tidying.py _forget": ["Tidying"],
    # Strangers who never wrote, and the files they did not send.
    "channels/webchat/visitors.py forget_silent_visitors": ["ChatFile", "Visitor", "VisitorToken"],
    "core/events.py _make_partition": ["Event"],  # moved into the table of their month
    "inbox/actions/drafting.py forget_draft": ["Draft"],
    "people/actions/team.py change_team": ["TeamMember"],
    "people/actions/team.py set_audience_members": ["AudienceMember"],
    "people/meeting.py _make": ["Customer"],  # made a moment ago, when somebody else was quicker
    "tags/actions.py untag": ["Tagging"],
}
KEPT = {"Arrival", "BlockedMessage", "ChatLine", "Comment", "Dialog", "Message", "MessageRevision"}
DEMONSTRATION = "app/demo/marked.py "
NO_TABLE = {"quick_valkey()", "valkey", "adapter"}  # what has a `delete` of another kind
SQL_THAT_TAKES = re.compile(r"\b(DELETE\s+FROM|TRUNCATE|DROP\s+TABLE)\b", re.IGNORECASE)


def takings(file: Path) -> Iterator[tuple[str, str]]:
    """Whatever deletes rows in a file: the function, and the table if its class is named in the call."""
    tree = tree_of(file)
    imported = {
        name.asname or name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for name in node.names
        if name.name == "delete"
    }
    within = {id(node): function.name for function in functions(tree) for node in ast.walk(function)}
    for node in ast.walk(tree):
        named = ""
        match node:
            case ast.Call(func=ast.Name(id=called), args=[ast.Name(id=named), *_]) if called in imported:
                named = named if named[0].isupper() else ""
            case ast.Call(func=ast.Name(id=called)) if called in imported:
                pass
            case ast.Call(func=ast.Attribute(attr="delete", value=by)) if ast.unparse(by) not in NO_TABLE:
                pass
            case ast.Constant(value=str(words)) if SQL_THAT_TAKES.search(words):
                pass
            case _:
                continue
        yield f"{file.relative_to(ROOT)} {within.get(id(node), '')}", named


def test_nothing_that_was_said_is_ever_deleted() -> None:
    found = [each for file in modules() for each in takings(file) if not each[0].startswith(DEMONSTRATION)]
    assert {where for where, _ in found} == set(TAKEN_OUT)
    assert [(where, table) for where, table in found if table and table not in TAKEN_OUT[where]] == []
    assert KEPT.isdisjoint(table for tables in TAKEN_OUT.values() for table in tables)


def test_no_row_takes_what_was_said_along() -> None:
    import app.reactions  # noqa: F401  every table is known once everything that reacts is
    from core.db import Base

    mappers = {mapper.class_.__name__: mapper for mapper in Base.registry.mappers}
    assert KEPT | {table for tables in TAKEN_OUT.values() for table in tables} <= set(mappers)
    keys = [key for table in Base.metadata.tables.values() for key in table.foreign_key_constraints]
    assert [f"{key.table.name}.{key.column_keys}" for key in keys if key.ondelete] == []
    takes = [str(link) for each in mappers.values() for link in each.relationships if link.cascade.delete]
    assert takes == []


def test_no_migration_forward_takes_rows_out() -> None:
    found = [
        place(file, node)
        for file in (ROOT / "migrations/versions").glob("*.py")
        for function in functions(tree_of(file))
        if function.name != "downgrade"
        for node in ast.walk(function)
        if (isinstance(node, ast.Attribute) and node.attr == "drop_table")
        or (isinstance(node, ast.Constant) and SQL_THAT_TAKES.search(str(node.value)))
    ]
    assert found == []
