"""
An outbox: every entry as a CloudEvent to an HTTP endpoint, in order and at least once.

The cursor moves once the endpoint has taken an entry; what fails before comes again, same id.
"""

import json
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from ledger import Ledger


def deliver(ledger: Ledger, endpoint: str, kept: Path) -> None:
    """
    Deliver what lies behind the cursor in *kept*; a service leaves `once` out, to wait for more.
    """
    with ledger.follow(kept.read_text() if kept.exists() else None, once=True) as follower:
        for entry in follower:
            event = {"specversion": "1.0", "source": ledger.settings.origin, "type": entry.kind}
            event |= {"id": f"{entry.log}/{entry.position}", "subject": entry.stream}
            event |= {"time": entry.recorded_at.isoformat(), "data": json.loads(entry.body)["data"]}
            header = {"Content-Type": "application/cloudevents+json"}
            request = Request(endpoint, json.dumps(event).encode(), header)  # noqa: S310, ours
            urlopen(request, timeout=10).close()  # noqa: S310, it raises unless it was taken
            kept.with_suffix(".new").write_text(follower.cursor)
            kept.with_suffix(".new").replace(kept)


class Endpoint(BaseHTTPRequestHandler):
    """
    Stands for somebody else's service: it takes what it is sent, and once fails to say so.
    """

    def do_POST(self) -> None:  # noqa: D102, the library's name for it
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = event["id"] in seen
        seen.add(event["id"])
        print(event["id"], event["type"], "again: dropped" if known else "taken")
        self.send_response_only(503 if event["id"] == "0/3" and not known else 204)
        self.end_headers()


seen, server = set[str](), HTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as folder, Ledger.open("memory:") as ledger:
    ledger.enrol_operator("op-7", kind="human")
    action = ledger.act("lock", "eve", by="op-7", because_of="own-initiative", reason="spam")
    ledger.reverse(action, by="op-7", reason="error")
    for run in ("first", "second"):
        try:
            deliver(ledger, f"http://127.0.0.1:{server.server_port}", Path(folder, "cursor"))
        except HTTPError as error:
            print(f"the {run} run fails: {error}")
        print(f"the cursor behind the {run} run:", Path(folder, "cursor").read_text())
