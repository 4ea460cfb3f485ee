"""
What a verification reports: three reports, none of which stands for another.
"""

import attrs

from ledger.proofs.verdict import Verdict
from ledger.store.verification.finding import Finding, verdict_of


@attrs.frozen(kw_only=True)
class PrefixReport:
    """
    Whether what is held from outside is the beginning of the ledger.

    Args:
        why: Why it could not be told, where it could not.

        from_bytes: Whether the roots were computed from the bytes of the entries; else from the
            tree as it is stored, of which `scrub` says whether it is that of the bytes.

        held: The checkpoints that were compared.

        covered: How many entries the largest of them covers.

        entries: How many there are.
    """

    verdict: Verdict
    why: str | None = None
    from_bytes: bool = False
    held: tuple["HeldSize", ...] = ()
    covered: int = 0
    entries: int = 0


@attrs.frozen
class HeldSize:
    """
    A checkpoint that was compared.

    Args:
        holds: Whether the log begins so.
    """

    log: int
    size: int
    holds: bool


@attrs.frozen
class LogSize:
    """
    How many entries a log had.
    """

    log: int
    size: int


@attrs.frozen(kw_only=True)
class SuffixReport:
    """
    Whether what came after a checkpoint follows from it.

    Args:
        why: Why it could not be told, where it could not.

        since: From which size on each log was read.

        entries: How many entries were hashed.
    """

    verdict: Verdict
    why: str | None = None
    since: tuple["LogSize", ...] = ()
    entries: int = 0


@attrs.frozen(kw_only=True)
class ScrubReport:
    """
    Whether all that is stored agrees with itself. Who changes all of it alike is not found so.

    Args:
        why: Why it could not be told, where it could not.

        entries: How many entries were hashed.

        bytes: How many bytes they have.

        coverage: Percent of the entries that were hashed, of those that the heads have.

        anchored: How many entries lie between times at which others saw the log.

        missing_tiles, missing_snapshots: What is not there and may be; `rebuild` adds it.

        retained_payloads: Payloads of subjects that were erased, which are there still.
    """

    verdict: Verdict
    why: str | None = None
    entries: int = 0
    bytes: int = 0
    coverage: int = 0
    anchored: int = 0
    missing_tiles: int = 0
    missing_snapshots: int = 0
    retained_payloads: int = 0


@attrs.frozen(kw_only=True)
class Verification:
    """
    What was verified; a report that was not asked for is None.
    """

    prefix: PrefixReport | None = None
    suffix: SuffixReport | None = None
    scrub: ScrubReport | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """
        Return what the reports that were asked for come to together.
        """
        asked = (self.prefix, self.suffix, self.scrub)
        return verdict_of(report.verdict for report in asked if report is not None)
