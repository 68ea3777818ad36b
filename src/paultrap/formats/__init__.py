"""Formats: bytes to `Program`, `Distributions` to bytes."""
