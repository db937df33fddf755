"""Get a real Elasticsearch for tests: the server from Maven Central, and the analysis it lacks.

`python tests/elasticsearch/install.py` prints where it lies. It needs `mvn` and a JDK of version 17
(Debian: `apt-get install maven openjdk-17-jdk-headless`).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "8.19.7"
_ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
_SOURCE = Path(__file__).with_name("TestAnalysis.java")
_DESCRIPTOR = f"""description=analysis for tests
version=1
name=test-analysis
classname=TestAnalysis
java.version=17
elasticsearch.version={VERSION}
"""


class Missing(Exception):  # noqa: N818 - not an error but a reason to skip
    """What has to be there before Elasticsearch can be installed, for people to read."""


def cache() -> Path:
    """Where downloads are kept; the server gives up root, so root's own home would be closed to it."""
    if named := os.environ.get("LANGNGHE_CACHE"):
        return Path(named)
    return Path("/var/cache/langnghe") if os.getuid() == 0 else Path.home() / ".cache" / "langnghe"


def install() -> Path:
    """The folder of an installed server, made if it is not there. Raises Missing."""
    home = cache() / f"elasticsearch-{VERSION}"
    plugin = home / "plugins" / "test-analysis"
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / "elasticsearch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in ("java", "javac"):
            _program(name, "openjdk-17-jdk-headless")
        if not home.is_dir():
            _unpack(_download(home.parent), home)
        if not (plugin / "TestAnalysis.java").is_file() or _source(plugin) != _SOURCE.read_text("utf8"):
            _compile(home, plugin)
    return home


def _source(plugin: Path) -> str:
    return (plugin / "TestAnalysis.java").read_text("utf8")


def _download(folder: Path) -> Path:
    archive = folder / f"elasticsearch-{VERSION}.zip"
    if archive.is_file() and zipfile.is_zipfile(archive):
        return archive
    maven = _program("mvn", "maven")
    command = [maven, "-q", "-B", "dependency:copy", f"-Dartifact={_ARTIFACT}", f"-DoutputDirectory={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"Maven Central did not give {_ARTIFACT}: {(done.stdout + done.stderr).strip()[-500:]}")
    return archive


def _unpack(archive: Path, home: Path) -> None:
    with tempfile.TemporaryDirectory(dir=home.parent) as part:
        with zipfile.ZipFile(archive) as files:
            files.extractall(part)
        unpacked = Path(part) / f"elasticsearch-{VERSION}"
        for program in (unpacked / "bin").iterdir():
            program.chmod(0o755)
        unpacked.rename(home)


def _compile(home: Path, plugin: Path) -> None:
    shutil.rmtree(plugin, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / plugin.name
        command = ["javac", "--release", "17", "-cp", f"{home / 'lib'}/*", "-d", folder, str(_SOURCE)]
        subprocess.run(command, check=True)
        part.mkdir()
        with zipfile.ZipFile(part / "test-analysis.jar", "w") as jar:
            for compiled in Path(folder).glob("*.class"):
                jar.write(compiled, compiled.name)
        (part / "plugin-descriptor.properties").write_text(_DESCRIPTOR)
        shutil.copy(_SOURCE, part)
        shutil.copytree(part, plugin)


def _program(name: str, package: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Missing(f"`{name}` is missing (Debian: apt-get install {package})")
    return found


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{install()}\n")
    except Missing as missing:
        sys.exit(str(missing))
