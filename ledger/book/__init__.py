"""
The front door: one method a command or a question.
"""

from ledger.book.ledger import Ledger

__all__ = ["Ledger"]
