"""Programs and results as the store keeps them: their own bytes, compressed with zstd."""

import zstandard

from paultrap.circuits import Distributions, Program

__all__ = ["pack_distributions", "pack_program", "unpack_distributions", "unpack_program"]

# Angles and probabilities are nearly random bits: higher levels take longer for nothing.
_PROGRAM_LEVEL = 3
_RESULT_LEVEL = 1


def pack_program(program: Program) -> bytes:
    """Return the program as a blob."""
    return zstandard.ZstdCompressor(_PROGRAM_LEVEL).compress(program.to_bytes())


def unpack_program(blob: bytes) -> Program:
    """Return what `pack_program` was given."""
    return Program.from_bytes(zstandard.ZstdDecompressor().decompress(blob))


def pack_distributions(distributions: Distributions) -> bytes:
    """Return the distributions as a blob."""
    return zstandard.ZstdCompressor(_RESULT_LEVEL).compress(distributions.to_bytes())


def unpack_distributions(blob: bytes) -> Distributions:
    """Return what `pack_distributions` was given."""
    return Distributions.from_bytes(zstandard.ZstdDecompressor().decompress(blob))
