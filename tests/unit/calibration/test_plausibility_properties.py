"""No sequence of frames hides an overload or lets the impossible pass."""

import math

from hypothesis import given, settings, strategies as st

from collector.calibration.plausibility import Plausibility
from collector.model.frame import Decoded
from collector.model.quantity import Quantity
from collector.model.reading import Reason
from tests.unit.calibration.samples import judge, one, structure

Q = Quantity
NAN, INF = math.nan, math.inf

VALUES = st.one_of(
    st.sampled_from([0.0, -0.0, 230.0, 1.0, 3750.1, NAN, INF, -INF, -1.0]), st.floats()
)
SAMPLES = st.builds(
    lambda words, values, l1, l2: structure(
        l1, l2, **dict(zip(words, values, strict=False))
    ),
    st.permutations(
        ["voltage", "current", "power", "energy", "temperature", "power_factor"]
    ),
    st.lists(VALUES, max_size=6),
    st.sampled_from([None, 0.0, 1.0]),
    st.sampled_from([None, 0.0, 1.0]),
)
SINGLES = st.builds(one, st.sampled_from([Q.POWER, Q.ENERGY, Q.TEMPERATURE]), VALUES)


@settings(deadline=None)
@given(st.lists(st.tuples(st.one_of(SAMPLES, SINGLES), st.booleans()), max_size=12))
def test_overload_is_believed_and_what_no_load_explains_is_not(
    frames: list[tuple[Decoded, bool]],
) -> None:
    state = Plausibility()
    for decoded, frozen in frames:
        found = judge(state, decoded, frozen=frozen)
        for measured in decoded.values:
            reason = found[measured.quantity, measured.channel]
            if measured.quantity is Q.POWER and 0 < measured.value <= 20_000:
                assert reason is None
                assert state.reread or measured.value <= 3750
            if not math.isfinite(measured.value):
                assert reason is Reason.NOT_FINITE
            if measured.quantity is Q.POWER and not 0 <= measured.value <= 20_000:
                assert reason is not None
                assert state.reread
