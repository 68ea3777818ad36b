"""Sampled runs beside the simulators that sample noisy circuits; see run.py."""
