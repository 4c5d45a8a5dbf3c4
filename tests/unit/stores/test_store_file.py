"""The file store and what may be wrong with files."""

from __future__ import annotations

import os
import resource
import signal
import stat
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccflow.store import Record
from ccflow.store import StoreError
from ccflow.stores import file as file_module
from ccflow.stores import private
from ccflow.stores.file import FileStore
from ccflow.testing.forks import Child
from ccflow.testing.store_ground import KEY
from ccflow.testing.store_ground import OTHER
from ccflow.testing.store_ground import try_lock
from ccflow.testing.store_ground import value_of


FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")


def record(value=b"content"):
    return Record(value, time.time() + 600)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "a" / "b" / "tokens"


@pytest.fixture
def store(directory):
    return FileStore(directory)


@pytest.fixture
def kept(store):
    """A store with one record in it, and a lock file."""
    store.put(KEY, record(), None)
    try_lock(store, KEY, 0)
    return store


@contextmanager
def umask(mask):
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path):
    return f"{stat.S_IMODE(os.lstat(path).st_mode):o}"


def everything(store):
    """Each way to use a store."""
    return [
        lambda: store.get(KEY),
        lambda: store.put(KEY, record(), None),
        lambda: try_lock(store, KEY, 0),
    ]


def refusal(use):
    with pytest.raises(StoreError) as caught:
        use()
    return str(caught.value)


class TestModes:
    """Who may do what with the files."""

    @pytest.mark.parametrize("mask", [0, 0o022, 0o077])
    def test_all_that_is_made_is_private(self, store, directory, mask):
        """Directories are 0700 and files 0600, whatever the umask."""
        with umask(mask):
            store.put(KEY, record(), None)
            try_lock(store, KEY, 0)

        made = [directory, *directory.parents[:2]]
        files = list(directory.iterdir())
        assert ["700"] * 3 == [mode(path) for path in made]
        assert {"600"} == {mode(path) for path in files}
        assert {KEY, f"{KEY}.lock", "write.lock", "swept"} == {it.name for it in files}

    def test_a_file_is_never_seen_wider(self, store, directory, monkeypatch):
        """A mode is given with the making, and not changed afterwards."""

        def chmod(*_args, **_options):
            raise AssertionError("a mode was changed")

        monkeypatch.setattr(os, "chmod", chmod)
        monkeypatch.setattr(Path, "chmod", chmod)
        with umask(0):
            store.put(KEY, record(), None)

        assert "600" == mode(directory / KEY)

    @pytest.mark.parametrize("bits", [0o750, 0o707, 0o701, 0o710, 0o777])
    def test_a_directory_for_others_is_refused(self, kept, directory, bits):
        """A directory that others may enter or read is named, with the cure."""
        directory.chmod(bits)

        for use in everything(kept):
            assert (
                f"others can read or write {directory}, its mode is 0{bits:o}; "
                f"run: chmod 700 {directory}"
            ) == refusal(use)

    @pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o666])
    def test_a_record_for_others_is_refused(self, kept, directory, bits):
        """A record that others may read or write is named, with the cure."""
        (directory / KEY).chmod(bits)

        for use in everything(kept)[:2]:
            assert refusal(use).endswith(f"run: rm {directory / KEY}")

    def test_a_lock_for_others_is_refused(self, kept, directory):
        """A lock file that others could hold is named, with the cure."""
        lock = directory / f"{KEY}.lock"
        lock.chmod(0o666)

        assert f"rm {lock}" in refusal(lambda: try_lock(kept, KEY, 0))

    def test_what_belongs_to_another_is_refused(self, kept, directory, monkeypatch):
        """Another user's directory is named, with the cure."""
        monkeypatch.setattr(os, "geteuid", lambda: 12345)

        for use in everything(kept):
            assert refusal(use).endswith(f"run: sudo chown -R 12345 {directory}")

    def test_a_record_of_another_is_refused(self, kept, directory, monkeypatch):
        """Another user's record is named, with the cure."""
        info = list((directory / KEY).stat())
        info[4] += 1

        with pytest.raises(StoreError, match="sudo rm"):
            private.refuse_shared(
                directory / KEY, os.stat_result(info), directory=False
            )

    def test_paths_are_quoted(self, tmp_path):
        """The command can be pasted whatever the path is."""
        directory = tmp_path / "my $tokens"
        directory.mkdir(mode=0o755)

        assert f"chmod 700 '{directory}'" in refusal(
            lambda: FileStore(directory).get(KEY)
        )


class TestLinks:
    """Symbolic links, and other things in the way."""

    def test_a_linked_directory_is_refused(self, kept, directory, tmp_path):
        """A link in the place of the directory is not followed."""
        link = tmp_path / "link"
        link.symlink_to(directory)

        for use in everything(FileStore(link)):
            assert (
                f"{link} is a symbolic link, not a directory; run: rm {link}"
            ) == refusal(use)

    @pytest.mark.parametrize("target", ["somewhere", "nowhere"])
    def test_a_linked_record_is_refused(self, store, kept, directory, target):
        """A link in the place of a record is not followed, wherever it leads."""
        (directory / "somewhere").write_bytes(b"mine")
        (directory / KEY).unlink()
        (directory / KEY).symlink_to(directory / target)

        for use in everything(store)[:2]:
            assert "is a symbolic link" in refusal(use)
        assert b"mine" == (directory / "somewhere").read_bytes()

    @pytest.mark.parametrize("name", [f"{KEY}.lock", "write.lock"])
    def test_a_linked_lock_is_refused(self, store, kept, directory, name):
        """A link in the place of a lock is not followed."""
        target = directory / "precious"
        target.write_bytes(b"mine")
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to(target)
        use = everything(store)[2 if name.startswith(KEY) else 1]

        assert "is a symbolic link" in refusal(use)
        assert b"mine" == target.read_bytes()

    def test_a_pipe_does_not_hang_anybody(self, store, kept, directory):
        """A named pipe in the place of a record is refused at once."""
        (directory / KEY).unlink()
        os.mkfifo(directory / KEY, 0o600)

        assert "is not a file" in refusal(lambda: store.get(KEY))

    def test_a_directory_in_the_place_of_a_record(self, store, kept, directory):
        """A directory in the place of a record is refused with the cure."""
        (directory / KEY).unlink()
        (directory / KEY).mkdir(mode=0o700)

        assert f"run: rm -r {directory / KEY}" in refusal(lambda: store.get(KEY))

    def test_a_file_in_the_place_of_the_directory(self, tmp_path):
        """A file in the place of the directory is refused with the cure."""
        path = tmp_path / "tokens"
        path.touch()

        assert f"run: mv {path} {path}.old" in refusal(lambda: FileStore(path).get(KEY))


class TestCorrupt:
    """What is no record."""

    @pytest.mark.parametrize(
        "content",
        [b"", b"{}", b"ccflow record 1 ", b"\0" * 4096, b"x" * (1 << 21)],
    )
    def test_it_is_ignored_and_replaced(self, store, kept, directory, content):
        """A foreign file counts as none, and does not stay."""
        (directory / KEY).write_bytes(content)

        assert store.get(KEY) is None
        assert store.put(KEY, record(b"new"), None)
        assert b"new" == value_of(store.get(KEY))

    def test_a_truncated_record_is_ignored(self, store, kept, directory):
        """A record cut short anywhere counts as none."""
        whole = (directory / KEY).read_bytes()

        for cut in range(len(whole)):
            (directory / KEY).write_bytes(whole[:cut])
            assert store.get(KEY) is None

    def test_a_record_under_another_name_is_ignored(self, store, kept, directory):
        """A record that was moved counts as none."""
        (directory / KEY).rename(directory / OTHER)

        assert store.get(OTHER) is None

    def test_old_content_in_a_lock_file_does_not_matter(self, store, kept, directory):
        """A lock file is locked, whatever is in it."""
        (directory / f"{KEY}.lock").write_bytes(b"12345\n")

        assert try_lock(store, KEY, 0)

    @pytest.mark.parametrize(
        "key", ["", "..", "../../escape", "a/b", "\n", "é", "k" * 5000, "A" * 64]
    )
    def test_any_key_is_a_name_in_the_directory(self, store, directory, key):
        """A key that is no digest is kept under its digest."""
        assert store.put(key, record(), None)
        assert b"content" == value_of(store.get(key))
        (name,) = {it.name for it in directory.iterdir()} - {"write.lock", "swept"}
        assert 64 == len(name)


class TestFailing:
    """Disks and processes that do not help."""

    @needs_full
    def test_a_full_disk(self, kept, directory, monkeypatch):
        """No space is an error in words; what was there stays, and no part is left."""
        monkeypatch.setattr(private, "open_new", lambda path: FULL.open("wb"))
        old = kept.get(KEY)

        error = refusal(lambda: kept.put(KEY, record(b"new"), old))

        assert (
            f"{directory / KEY} cannot be used: no space left on device; "
            "free some space"
        ) == error
        assert b"content" == value_of(kept.get(KEY))

    def test_a_write_that_stops_half_way(self, kept, directory):
        """A file that cannot be finished is removed, and the old one stays."""

        def write(_child):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
            return refusal(lambda: kept.put(KEY, record(b"x" * 60000), kept.get(KEY)))

        child = Child(write)
        said = child.hear()
        child.join()

        assert said.endswith("cannot be used: file too large")
        assert b"content" == value_of(kept.get(KEY))
        assert not list(directory.glob("*.tmp"))

    def test_a_place_where_nothing_can_be_made(self):
        """A directory that cannot be made is an error in words."""
        store = FileStore("/proc/ccflow/tokens")

        assert store.get(KEY) is None
        for use in everything(store)[1:]:
            assert refusal(use).startswith("/proc/ccflow/tokens cannot be used: ")

    def test_a_stopped_writer_does_not_hang_anybody(self, kept, monkeypatch):
        """A write waits for another for a moment only."""
        monkeypatch.setattr(file_module, "_WRITE_TIMEOUT", 0.05)
        started = time.monotonic()
        with kept._writing():
            error = refusal(lambda: kept.put(KEY, record(), None))
            assert b"content" == value_of(kept.get(KEY))

        assert "which may be stopped" in error
        assert time.monotonic() - started < 2

    def test_a_stopped_holder_does_not_hang_anybody(self, kept):
        """Who waits for a stopped holder waits for his own timeout, and can write."""

        def hold(child):
            with kept.lock(KEY, 0):
                child.say("held")
                time.sleep(60)

        child = Child(hold)
        child.hear()
        os.kill(child.pid, signal.SIGSTOP)
        try:
            assert not try_lock(kept, KEY, 0.1)
            assert kept.put(KEY, record(b"new"), kept.get(KEY))
        finally:
            child.kill()

    @needs_full
    def test_nothing_leaks(self, kept, monkeypatch):
        """A failed write rendered with locals has nothing of the content."""
        monkeypatch.setattr(private, "open_new", lambda path: FULL.open("wb"))
        with pytest.raises(StoreError) as caught:
            kept.put(KEY, record(bytes.fromhex("74306b656e")), kept.get(KEY))

        shown = traceback.TracebackException.from_exception(
            caught.value, capture_locals=True
        )
        text = "".join(shown.format())
        assert "no space left" in text
        assert "t0ken" not in text


class TestPlace:
    """Where the files are."""

    def test_user_without_a_home(self, monkeypatch):
        """A random user of a container is told what to set."""

        def nobody(uid):
            raise KeyError(uid)

        monkeypatch.setattr("pwd.getpwuid", nobody)
        for name in ("HOME", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)

        with pytest.raises(StoreError) as caught:
            FileStore()

        assert str(caught.value).endswith("; name a directory in [cache]")

    def test_the_default_is_the_users_cache(self, monkeypatch, tmp_path):
        """Without a directory it is the user's cache directory."""
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        monkeypatch.setenv("HOME", str(tmp_path))

        place = repr(FileStore())

        assert place.startswith(f"FileStore('{tmp_path}")
        assert place.endswith("ccflow')")

    def test_a_relative_directory_stays_where_it_was(self, monkeypatch, tmp_path):
        """A later change of the working directory does not move the store."""
        monkeypatch.chdir(tmp_path)
        store = FileStore("tokens")
        monkeypatch.chdir("/")

        store.put(KEY, record(), None)

        assert (tmp_path / "tokens" / KEY).exists()

    def test_looking_makes_nothing(self, store, directory):
        """Only who has something to keep makes a directory."""
        assert store.get(KEY) is None
        assert not directory.parent.exists()
