from harness.log import log

__all__ = ["log"]
