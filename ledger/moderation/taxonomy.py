"""
The taxonomy of reports: our categories, and what others call them.

It is a table with a version, since the taxonomies that it maps to change: the DSA's second one
dropped two categories of its first. A report keeps the version that its category was a row of. A
category that is no row is kept as it is, and maps to nothing.

Source: the DSA Transparency Database (category, version 2),
`tools.ozone.report.defs` of Ozone, and the report categories of Mastodon.
"""

from typing import Final, NamedTuple

VERSION: Final = 1


class Category(NamedTuple):
    """
    A category, and what others call it.

    Args:
        dsa: Of the DSA Transparency Database, without ``STATEMENT_CATEGORY_``.

        dsa_keyword: The keyword beside it, without ``KEYWORD_``; None where none is closer.

        ozone: Of Ozone, without ``tools.ozone.report.defs#reason``.

        mastodon: ``spam``, ``legal``, ``violation`` or ``other``.
    """

    name: str
    dsa: str
    dsa_keyword: str | None
    ozone: str
    mastodon: str


_CATEGORIES: Final = (
    Category("harassment", "CYBER_VIOLENCE", "CYBER_HARASSMENT", "HarassmentOther", "violation"),
    Category(
        "hate-speech",
        "ILLEGAL_OR_HARMFUL_SPEECH",
        "HATE_SPEECH",
        "HarassmentHateSpeech",
        "violation",
    ),
    Category(
        "impersonation",
        "SCAMS_AND_FRAUD",
        "IMPERSONATION_ACCOUNT_HIJACKING",
        "MisleadingImpersonation",
        "violation",
    ),
    Category("fake-account", "SCAMS_AND_FRAUD", "INAUTHENTIC_ACCOUNTS", "MisleadingBot", "spam"),
    Category("spam", "SCAMS_AND_FRAUD", "INAUTHENTIC_ACCOUNTS", "MisleadingSpam", "spam"),
    Category("scam", "SCAMS_AND_FRAUD", "PHISHING", "MisleadingScam", "violation"),
    Category("violence", "VIOLENCE", None, "ViolenceOther", "violation"),
    Category(
        "extremism",
        "RISK_FOR_PUBLIC_SECURITY",
        "TERRORIST_CONTENT",
        "ViolenceExtremistContent",
        "legal",
    ),
    Category("child-safety", "PROTECTION_OF_MINORS", None, "ChildSafetyOther", "legal"),
    Category(
        "intimate-images",
        "CYBER_VIOLENCE",
        "NON_CONSENSUAL_IMAGE_SHARING",
        "SexualNCII",
        "legal",
    ),
    Category("self-harm", "SELF_HARM", None, "SelfHarmOther", "violation"),
    Category(
        "elections",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        None,
        "MisleadingElections",
        "violation",
    ),
    Category(
        "intellectual-property", "INTELLECTUAL_PROPERTY_INFRINGEMENTS", None, "RuleOther", "legal"
    ),
    Category(
        "privacy", "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", None, "HarassmentDoxxing", "legal"
    ),
    Category("animal-welfare", "ANIMAL_WELFARE", None, "ViolenceAnimal", "legal"),
    Category("consumer-information", "CONSUMER_INFORMATION", None, "RuleOther", "legal"),
    Category(
        "prohibited-products",
        "UNSAFE_AND_PROHIBITED_PRODUCTS",
        None,
        "RuleProhibitedSales",
        "legal",
    ),
    Category("illegal-content", "NOT_SPECIFIED_NOTICE", None, "RuleOther", "legal"),
    Category("other", "OTHER_VIOLATION_TC", "OTHER", "Other", "other"),
)

TAXONOMY: Final = {category.name: category for category in _CATEGORIES}


def category(name: str, version: int | None) -> Category | None:
    """
    Return the row that *name* was in a version of the taxonomy; None for a word that was no row.
    """
    return TAXONOMY.get(name) if version == VERSION else None
