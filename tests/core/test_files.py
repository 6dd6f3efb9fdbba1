"""Files by their content: safe from names, crashes and each other."""

import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import now
from core.errors import TooLarge
from core.files import LocalFiles, StoredFile, file_store
from core.media import kind_of_file, safe_download_name
from tests.ground.moment import FrozenClock

HOSTILE_NAMES = [
    "../../etc/passwd", "..\\..\\windows\\system32", "/etc/cron.d/x", "\u200b.htaccess", ".htaccess",
    "con", "a\0b.exe",
    "x\r\ny", "\u202egpj.exe", "a" * 5000, "", ".", "..", "~root", "$(reboot)", "файл.txt", "\ud800",
    "a/b/c", "*?|<>",
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> LocalFiles:
    return LocalFiles(tmp_path / "files")


def all_files(store: LocalFiles) -> list[Path]:
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_bytes_come_back_from_where_their_hash_says(store: LocalFiles) -> None:
    stored = store.put_bytes(b"hello")
    assert stored == StoredFile(sha(b"hello"), 5)
    assert store.path_of(stored.sha256) == store.root / "2c" / "f2" / stored.sha256
    assert store.exists(stored.sha256)
    with store.open_file(stored.sha256) as file:
        assert file.read() == b"hello"


def test_empty_file_is_a_file(store: LocalFiles) -> None:
    assert store.put_bytes(b"") == store.put_stream([]) == StoredFile(sha(b""), 0)
    with store.open_file(sha(b"")) as file:
        assert file.read() == b""


def test_same_bytes_by_any_way_are_one_file(store: LocalFiles, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "source").write_bytes(data)
    results = {
        store.put_bytes(data),
        store.put_stream(data[at : at + 1000] for at in range(0, len(data), 1000)),
        store.put_path(tmp_path / "source"),
    }
    assert results == {StoredFile(sha(data), len(data))}
    assert all_files(store) == [store.path_of(sha(data))]


def test_everything_is_closed_to_others(store: LocalFiles) -> None:
    stored = store.put_bytes(b"hello")
    folders = [store.root, *(path for path in store.root.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE(store.path_of(stored.sha256).stat().st_mode) == 0o600


def test_what_is_absent_is_said(store: LocalFiles) -> None:
    assert not store.exists(sha(b"nothing"))
    with pytest.raises(FileNotFoundError):
        store.open_file(sha(b"nothing"))


@pytest.mark.parametrize(
    "name", [*HOSTILE_NAMES, sha(b"").upper(), sha(b"") + "\n", sha(b"")[:-1], "2c/f2/" + sha(b"")]
)
def test_what_is_no_hash_names_no_file(store: LocalFiles, name: str) -> None:
    for act in (store.path_of, store.exists, store.open_file, store.remove):
        with pytest.raises(ValueError, match="SHA-256"):
            act(name)


@given(name=st.one_of(st.text(), st.sampled_from(HOSTILE_NAMES)), data=st.binary(max_size=50))
def test_no_byte_of_a_senders_name_reaches_the_file_system(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes
) -> None:
    store = LocalFiles(tmp_path_factory.mktemp("store"))
    kind_of_file(name, data)
    safe_download_name(name)
    stored = store.put_bytes(data)
    found = {path.relative_to(store.root).as_posix() for path in store.root.rglob("*")}
    hashed = sha(data)
    assert found == {
        "incoming",
        hashed[:2],
        f"{hashed[:2]}/{hashed[2:4]}",
        f"{hashed[:2]}/{hashed[2:4]}/{hashed}",
    }
    assert stored.sha256 == hashed


def test_stream_beyond_its_bound_leaves_nothing(store: LocalFiles) -> None:
    def endless() -> Iterator[bytes]:
        while True:
            yield b"x" * 1000

    with pytest.raises(TooLarge):
        store.put_stream(endless(), most_bytes=10_000)
    assert all_files(store) == []
    assert store.put_stream([b"x" * 10_000], most_bytes=10_000).size == 10_000


def test_stream_that_breaks_leaves_nothing(store: LocalFiles) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put_stream(broken())
    assert all_files(store) == []


def test_full_disk_is_an_error_and_leaves_nothing(store: LocalFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    store.put_bytes(b"before")
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        store.put_bytes(b"after")
    assert all_files(store) == [store.path_of(sha(b"before"))]


def test_file_and_its_folders_are_on_the_disk_before_it_is_named(
    store: LocalFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def watched(descriptor: int) -> None:
        target = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append("file" if target.is_file() else target.relative_to(store.root.parent).as_posix())
        if target.is_file():
            assert target.parent.name == "incoming"
            assert target.read_bytes() == b"hello"
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    store.put_bytes(b"hello")
    # The root in its parent, the folder for drafts, the file itself, both new folders, the new name.
    assert synced == [".", "files", "file", "files", "files/2c", "files/2c/f2"]


def test_file_of_the_wrong_length_is_replaced(store: LocalFiles) -> None:
    stored = store.put_bytes(b"hello")
    store.path_of(stored.sha256).write_bytes(b"he")
    store.put_bytes(b"hello")
    with store.open_file(stored.sha256) as file:
        assert file.read() == b"hello"


def test_many_at_once_leave_one_whole_file(store: LocalFiles) -> None:
    data = os.urandom(200_000)
    together = threading.Barrier(8)
    results: list[StoredFile] = []

    def put() -> None:
        together.wait()
        results.append(store.put_stream(data[at : at + 5000] for at in range(0, len(data), 5000)))

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [StoredFile(sha(data), len(data))] * 8
    assert [path.read_bytes() for path in all_files(store)] == [data]


def test_removed_file_is_gone_and_may_be_removed_again(store: LocalFiles) -> None:
    stored = store.put_bytes(b"hello")
    store.remove(stored.sha256)
    store.remove(stored.sha256)
    assert not store.exists(stored.sha256)


def test_only_old_files_that_no_row_names_are_swept(store: LocalFiles, clock: FrozenClock) -> None:
    clock.at(now() - timedelta(days=2))
    named, orphan = store.put_bytes(b"named"), store.put_bytes(b"orphan")
    half_written = store.root / "incoming" / "left by a crash"
    half_written.write_bytes(b"ha")
    os.utime(half_written, (now().timestamp(), now().timestamp()))
    clock.forward(days=2)
    fresh = store.put_bytes(b"fresh")
    known = {named.sha256}
    assert list(store.orphans(known.intersection)) == [orphan.sha256]
    assert store.sweep(known.intersection) == 2
    assert all_files(store) == sorted([store.path_of(named.sha256), store.path_of(fresh.sha256)])
    assert store.sweep(known.intersection) == 0


def test_rows_are_asked_in_batches(
    store: LocalFiles, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.files._ASK_AT_ONCE", 10)
    stored = {store.put_bytes(str(number).encode()).sha256 for number in range(25)}
    clock.forward(days=2)
    asked: list[int] = []

    def known(hashes: list[str]) -> set[str]:
        asked.append(len(hashes))
        return set()

    assert set(store.orphans(known)) == stored
    assert asked == [10, 10, 5]


def test_file_put_again_while_it_is_swept_stays(store: LocalFiles, clock: FrozenClock) -> None:
    orphan = store.put_bytes(b"orphan")
    clock.forward(days=2)

    def put_meanwhile(hashes: list[str]) -> set[str]:
        store.put_bytes(b"orphan")
        return set()

    assert store.sweep(put_meanwhile) == 0
    assert store.exists(orphan.sha256)


def test_store_of_the_installation_lies_under_its_data(data_folder: Path) -> None:
    stored = file_store().put_bytes(b"hello")
    assert (data_folder / "files" / "2c" / "f2" / stored.sha256).read_bytes() == b"hello"
