"""
The bench of sealing measures what it says.
"""

from tests.benchmarks.sealing import ratios


def test_sealing_is_measured_beside_what_is_not_sealed():
    """
    Both ledgers record the same actions; how long that takes is no matter of a test.
    """
    assert min(ratios(number=40, rounds=1)) > 0
