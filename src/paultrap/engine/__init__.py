"""Engine: `Program` in, `Distributions` out. Knows nothing of jobs, JSON or storage."""
