"""What is sent to the server in the tests of more than one client."""

QPUS = ["qpu.aria-1", "qpu.forte-1", "qpu.forte-enterprise-1"]
MODELS = ["harmony", "aria-1", "aria-2", "forte-1", "forte-enterprise-1"]
# What must come back to the byte.
NAME = "sweep \u2028 ä"
METADATA = {"umlauts": "naïve, 量子", "controls": '\x1e\x1f\t\\ " \u2028', "long": "x" * 50_000}
