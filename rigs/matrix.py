"""Shows who may call what: every kind of key on every route, asked of a served desk, beside the list that was decided by hand."""

import asyncio
import tempfile
from pathlib import Path

from housebot.web.api.routes import all_operations
from tests.web.api.matrix import CREDENTIALS, NEEDS, PASSED, answered, expected, title
from tests.web.serving import serving


def main() -> int:
    found = asyncio.run(_ask())
    print(f"  {'':45}{'scope':8}" + "".join(f"{name:>13}" for name in CREDENTIALS))
    wrong = []
    for route, statuses in found.items():
        cells = "".join(f"{'·' if status == PASSED else status:>13}" for status in statuses.values())
        print(f"  {route:45}{NEEDS[route]:8}{cells}")
        wrong += [f"{route} for {name}" for name, status in statuses.items() if status != expected(route, name)]
    print(f"  {len(found)} routes × {len(CREDENTIALS)} keys; · is let through")
    for one in wrong:
        print(f"  WRONG: {one}")
    return int(bool(wrong))


async def _ask() -> dict[str, dict[str, int]]:
    operations = all_operations()
    found: dict[str, dict[str, int]] = {title(one): {} for one in operations}
    for name, credential in CREDENTIALS.items():
        with tempfile.TemporaryDirectory() as folder:
            async with serving(Path(folder) / "housebot.db") as desk:
                key = await credential(desk)
                for one in operations:
                    found[title(one)][name] = await answered(desk, one, key)
    return found
