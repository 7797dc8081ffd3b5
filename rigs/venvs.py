"""Owns the environments of tools that must not share ours: made once beside `.venv`, with their versions said, made anew when those change."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def python_with(name: str, *packages: str) -> Path:
    """The Python of `.venv-<name>`, which holds these packages."""
    folder = ROOT / f".venv-{name}"
    python, holds = folder / "bin" / "python", folder / "packages.txt"
    wanted = "\n".join(packages)
    if holds.exists() and holds.read_text(encoding="utf-8") == wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(install, check=True, stderr=subprocess.PIPE)
    holds.write_text(wanted, encoding="utf-8")  # last: an environment that was not finished is made again
    return python
