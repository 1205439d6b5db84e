"""Many streamed invocations, some with a fault: each is answered exactly as often as docs/runtime.md has it, with its
own body, and nothing is left of them in the process."""

import pytest

from tests.runtime.test_soak import footprint, memory
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
    api = StreamSoak(size, faults, one_in)
    api.pause_at = size // 2
    with api:
        env = {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_MAX_CONCURRENCY": str(concurrency), **STREAMED}
        process = launch(run_process, driver, APP, **env)
        api.rest(concurrency, timeout=900)
        held, used = footprint(process.pid), memory(process.pid)
        api.resume()
        api.rest(concurrency, timeout=900)
        grown = memory(process.pid) - used
        print(f"{grown / 1024:.0f} KiB more, {held}")
        assert api.complaints == []
        assert api.unaccounted() == {}
        assert process.running
        assert grown < 2_000_000
        # Its pool of threads may grow to its end, which is four more than the concurrency.
        assert footprint(process.pid).descriptors == held.descriptors
        assert footprint(process.pid).threads <= 2 * concurrency + 5
