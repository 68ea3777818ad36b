"""Jobs: the life of a job, its limits and the backends. No I/O."""
