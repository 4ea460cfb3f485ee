"""
Each attack is found at its level and not below, with the first position that can be meant: with the
database alone (0), with a checkpoint held outside (1), with a witness (2), with times (3).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import attrs
import pytest

from ledger.moderation.moment import canonical
from ledger.store.verification.finding import What
from tests.attacks.attacker import Attacker, Body
from tests.attacks.scene import COSIGNED, Auditor

PAST, RECENT = 7, 25
# A note with one before and one behind it in its stream, and one that the auditor's checkpoint does
# not cover.
DELETED, NOTE = 20, 27


def say(text: str) -> Callable[[Body], None]:
    """
    Return what makes an entry say something else.
    """

    def change(body: Body) -> None:
        body["data"]["text" if "text" in body["data"] else "reason"] = text

    return change


def columns_alone(attacker: Attacker) -> None:
    """
    Let a row name another operator than its bytes do.
    """
    attacker.execute("UPDATE entries SET operator = 'op-1' WHERE position = 12")


def row(attacker: Attacker) -> None:
    """
    Let an entry say something else.
    """
    attacker.edit(13, say("nothing"))


def row_and_leaf(attacker: Attacker) -> None:
    """
    Let an entry say something else, and its leaf hash fit.
    """
    attacker.edit(34, say("nothing"), leaf=True)


def tree_rebuilt(attacker: Attacker, position: int = PAST) -> None:
    """
    Let an entry say something else, and everything that is stored fit.
    """
    bodies = attacker.bodies()
    say("nothing")(bodies[position - 1])
    attacker.replace_all(bodies)
    attacker.rederive()


def tree_rebuilt_later(attacker: Attacker) -> None:
    """
    Do so with an entry that the checkpoint of the auditor does not cover.
    """
    tree_rebuilt(attacker, RECENT)


def entry_deleted(attacker: Attacker) -> None:
    """
    Let an entry be gone.
    """
    attacker.execute("DELETE FROM entries WHERE position = 20")


def entry_deleted_and_renumbered(attacker: Attacker) -> None:
    """
    Let a note in the middle of a stream be gone, close the gap and rebuild the tree.
    """
    bodies = attacker.bodies()
    del bodies[DELETED - 1]
    attacker.replace_all(bodies)


def entry_inserted(attacker: Attacker) -> None:
    """
    Put a note that nobody wrote between old ones, move the others on and rebuild the tree.
    """
    bodies = attacker.bodies()
    forged = {**bodies[NOTE - 1], "stream": "account/nobody", "version": 1}
    bodies.insert(NOTE - 1, forged)
    attacker.replace_all(bodies)
    attacker.rederive()


def rolled_back(attacker: Attacker) -> None:
    """
    Put a backup in the place of the ledger, from when it had 25 entries.
    """
    attacker.replace_all(attacker.bodies()[:RECENT])
    attacker.rederive()


def dated_back(attacker: Attacker) -> None:
    """
    Append an entry today that claims to be older than the last cosignature.
    """
    bodies = attacker.bodies()[:COSIGNED]
    claimed = datetime.fromisoformat(bodies[-1]["recorded_at"]) + timedelta(microseconds=1)
    # Who has the writing program of a service can also let it write; what it would not let him
    # choose is the time.
    forged = {**bodies[-1], "stream": "account/late", "version": 1}
    forged["recorded_at"] = canonical(claimed)
    attacker.replace_all([*bodies, forged])
    attacker.rederive()


def restriction(attacker: Attacker) -> None:
    """
    Let a restriction end later than it did.
    """
    attacker.execute(
        "UPDATE restrictions SET until_at = '2030-01-01T00:00:00.000000Z'"
        " WHERE account = 'account-6' AND ended_by = 'reversal'"
    )


def policy(attacker: Attacker) -> None:
    """
    Let the policy in force be another one.
    """

    def weaker(body: Body) -> None:
        body["data"]["text"] = "policy = 1\n"

    attacker.edit(attacker.position_of("policy.adopted"), weaker)


def settings(attacker: Attacker) -> None:
    """
    Let the ledger be known under another name.
    """
    attacker.execute("UPDATE settings SET value = 'ledger.example/other' WHERE name = 'origin'")


@attrs.frozen
class Attack:
    """
    What is done, at which level it is found, and as what and where.
    """

    do: Callable[[Attacker], None]
    level: int
    what: What
    position: int


ATTACKS = [
    Attack(columns_alone, 0, What.COLUMNS_DIFFER, 12),
    Attack(row, 0, What.LEAF_DIFFERS, 13),
    # Of the tree that the head has, the eight entries from 33 on are one subtree.
    Attack(row_and_leaf, 0, What.TREE_DIFFERS, 33),
    Attack(tree_rebuilt, 1, What.CHECKPOINT_DIFFERS, 1),
    Attack(tree_rebuilt_later, 2, What.CHECKPOINT_DIFFERS, 21),
    Attack(entry_deleted, 0, What.ENTRY_MISSING, 20),
    Attack(entry_deleted_and_renumbered, 0, What.VERSION_MISSING, 26),
    Attack(entry_inserted, 2, What.CHECKPOINT_DIFFERS, 21),
    Attack(rolled_back, 2, What.CHECKPOINT_LONGER, RECENT + 1),
    Attack(dated_back, 3, What.TIME_OUTSIDE, COSIGNED + 1),
    Attack(restriction, 0, What.RESTRICTION_DIFFERS, 13),
    Attack(policy, 0, What.LEAF_DIFFERS, 6),
    Attack(settings, 0, What.SETTINGS_DIFFER, 1),
]


def test_what_nobody_attacked_is_verified(auditor: Auditor):
    """
    At every level, with nothing found.
    """
    assert [(), (), (), ()] == [auditor.finds(level) for level in range(4)]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.do.__name__)
def test_an_attack_is_found_at_its_level(attack: Attack, attacker: Attacker, auditor: Auditor):
    """
    And at every higher one; below it the ledger looks as if nothing had been done.
    """
    attack.do(attacker)

    below = [auditor.finds(level) for level in range(attack.level)]
    found = auditor.finds(attack.level)
    assert [()] * attack.level == below
    first = next(each for each in found if each.what is attack.what)
    assert attack.position == first.position
    assert all(auditor.finds(level) for level in range(attack.level + 1, 4))
