"""OpenQASM 3: its standard gates, its constants, and how its programs are unrolled."""
