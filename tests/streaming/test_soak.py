"""Many streamed invocations, some with a fault: each is answered exactly as often as docs/runtime.md has it, with its
own body, and the process doesn't grow."""

import pytest

from tests.runtime.test_soak import descriptors, memory
from tests.support.child_process import RunProcess
from tests.support.programs import DRIVERS, launch
from tests.support.soak_streams import APP, FAULTS, GRAVE, STREAMED, StreamSoak


@pytest.mark.covering
@pytest.mark.parametrize(("size", "one_in"), [(500, 10), pytest.param(100_000, 50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("driver", DRIVERS)
def test_every_stream_is_accounted_for(
    run_process: RunProcess, driver: str, concurrency: int, size: int, one_in: int
) -> None:
    faults = FAULTS if concurrency == 1 else FAULTS + GRAVE
    with StreamSoak(size, faults, one_in) as api:
        env = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), **STREAMED}
        process = launch(run_process, driver, APP, **env)
        api.wait(size // 2, timeout=900)
        before = memory(process.pid)
        api.wait(size, timeout=900)
        grown = memory(process.pid) - before
        print(f"{grown / 1024:.0f} KiB more, {descriptors(process.pid)} descriptors")
        assert api.complaints == []
        assert api.unaccounted() == {}
        assert process.running
        assert grown < 2_000_000
        assert descriptors(process.pid) < 20 + 2 * concurrency
