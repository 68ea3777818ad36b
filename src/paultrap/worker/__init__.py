"""Worker: claim a chunk, run it, write its answer."""
