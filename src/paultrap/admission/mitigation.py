"""Error mitigation as jobs ask for it: at their top or in their settings, in either version's words."""

import msgspec


class Mitigation(msgspec.Struct):
    """The field `error_mitigation`; `debias` is version 0.3's name for `debiasing`."""

    debias: bool | None = None
    debiasing: bool | None = None


class MitigationSettings(msgspec.Struct):
    """What the field `settings` says of it."""

    error_mitigation: Mitigation | None = None


def asked_debiasing(settings: MitigationSettings | None, top: Mitigation | None) -> bool | None:
    """Return whether a job asks for debiasing, or None when it says nothing of it."""
    for found in (settings.error_mitigation if settings else None, top):
        if found is not None:
            return found.debias if found.debiasing is None else found.debiasing
    return None
