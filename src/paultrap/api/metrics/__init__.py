"""`/metrics`: what a server does, counted, in the words of Prometheus."""
