"""
Much of what is asked of any ledger, asked of a sealed one by whoever has its keys.

The tests are those of the modules that are named here. LEDGER_SEALED=1 lets every other one that
has a ledger be on a sealed one too; the few that look into the database by name fail there.
"""

import pytest

from tests.conftest import SEALED, Backend
from tests.forensics.test_plan_undo import *  # noqa: F403, all of its tests
from tests.forensics.test_policing import *  # noqa: F403
from tests.store.test_idempotency import *  # noqa: F403
from tests.store.test_idempotency_of_requests import *  # noqa: F403
from tests.store.test_offboarding import *  # noqa: F403

# They need what other tests beside them have, or much time.
del (
    test_an_undo_of_nothing_in_particular_is_malformed,  # noqa: F821, imported with the others
    test_what_is_pending_in_every_log_ends_at_one_moment,  # noqa: F821
)


@pytest.fixture(params=[SEALED], ids=lambda each: each.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    """
    Return the one that is sealed.
    """
    given: Backend = request.param
    return given
