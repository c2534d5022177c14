"""When memory is given back, and that it is: in a process that has the holes which large answers leave."""

import subprocess
import sys

from app.processes.supervision.spare_memory import GROWN_BYTES, SpareMemory
from tests.patience import patient

#: Blocks of a size that malloc takes from its heap, all freed but one in a hundred: no end of the heap is free.
HOLES = """
import time
from app.processes.supervision import spare_memory

spare_memory.LOOK_SECONDS = 0.05
spare_memory.keep_giving_back()
blocks = [bytes(4000) for _ in range(25_000)]
full = spare_memory._resident_bytes()
kept = blocks[::100]
del blocks
deadline = time.monotonic() + float(__import__("sys").argv[1])
while spare_memory._resident_bytes() > full - 64 * 1024 * 1024 and time.monotonic() < deadline:
    time.sleep(0.05)
print((full - spare_memory._resident_bytes()) // 1024 // 1024)
"""


def test_the_holes_that_large_answers_leave_go_back_to_the_system() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", HOLES, str(patient(10))], capture_output=True, text=True, timeout=patient(60)
    )

    assert int(ran.stdout) >= 64 or sys.platform != "linux", ran.stderr  # elsewhere nothing is done


def test_a_busy_process_gives_nothing_back_until_it_is_calm_and_none_twice() -> None:
    megabyte = 1024 * 1024
    used = iter([100, 110, 200, 300, 300, 150, 150, 150, 170, 170, 160, 160])
    sizes: list[int] = []
    memory = SpareMemory(used_bytes=lambda: next(used) * megabyte, give_back=lambda: sizes.append(1))

    given = []
    for _ in range(9):
        before = len(sizes)
        memory.look()
        given.append(len(sizes) > before)

    assert GROWN_BYTES == 16 * megabyte
    #              110    200    300    300 (to 150)  150    150    170    170 (to 160)  160
    assert given == [False, False, False, True, False, False, False, True, False]
