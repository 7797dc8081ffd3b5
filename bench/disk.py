"""Measures the disk itself: what is bound by it can be told from what is bound by the processor."""

import os
import statistics
import time
from pathlib import Path


def fsync(folder: Path) -> float:
    """Seconds for one durable page in that folder, the median of many."""
    taken = []
    with (folder / "page").open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)
