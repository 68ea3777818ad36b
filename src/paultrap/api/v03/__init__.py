"""The v0.3 wire."""
