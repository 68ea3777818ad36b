"""HTTP: one package per wire version. Lenient in, strict out."""
