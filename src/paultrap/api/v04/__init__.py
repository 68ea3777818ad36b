"""The v0.4 wire."""
