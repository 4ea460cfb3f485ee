"""
Which blocks did one operator begin and another one end? Asked of block logs, given as arguments.

Without arguments it asks a small block log that it writes itself.
"""

import sys
import tempfile
from pathlib import Path

from ledger import Ledger

SAMPLE = """\
logid,ns,title,pageid,logpage,params,type,action,user,timestamp,comment
1,2,User:Ada,0,0,"{'duration': 'infinity'}",block,block,Mallory,2017-11-02T22:52:00Z,parody
2,2,User:Bob,0,0,"{'duration': 'infinity'}",block,block,Mallory,2017-11-02T22:55:00Z,spam
3,2,User:Ada,0,0,{},block,unblock,Grace,2017-11-02T23:03:00Z,error
4,2,User:Bob,0,0,{},block,unblock,Mallory,2017-11-02T23:10:00Z,appealed
5,2,User:Eve,0,0,"{'expiry': '2017-11-04T00:00:00Z'}",block,block,Grace,2017-11-03T00:00:00Z,spam
"""


def replay(files: list[Path]) -> None:
    """
    Print each block that someone else than its operator ended, in order of time.
    """
    with Ledger.open("memory:") as ledger:
        print(ledger.import_history("block-log", files).document())
        for block in ledger.restrictions(measure="suspend"):
            if block.closed_by not in (None, block.opened_by):
                print(f"{block.from_} {block.account} blocked by {block.opened_by}")
                print(f"{block.until} {block.ended_by} by {block.closed_by}, after {block.lasting}")


if len(sys.argv) > 1:
    replay([Path(name) for name in sys.argv[1:]])
else:
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder, "block-log.csv")
        sample.write_text(SAMPLE, "utf-8")
        replay([sample])
