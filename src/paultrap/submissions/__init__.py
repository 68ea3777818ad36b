"""Submissions: the request bodies of both versions of the API, as bytes, to a `JobRequest`.

It knows JSON and the names of fields; it knows no HTTP, and judges nothing but shapes.
"""

from paultrap.submissions.decoding import decode
from paultrap.submissions.v03 import read_v03
from paultrap.submissions.v04 import read_changes, read_v04
from paultrap.submissions.versions import read_body

__all__ = ["decode", "read_body", "read_changes", "read_v03", "read_v04"]
