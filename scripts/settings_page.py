"""Write docs/reference/settings.md from `paultrap.settings.Settings`: `python scripts/settings_page.py`.

A test holds the page to what this writes.
"""

from pathlib import Path

from pydantic.fields import FieldInfo

from paultrap.settings import Settings, default_of, flag_of, variable_of

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"

HEAD = """\
# Settings

Made by `scripts/settings_page.py`; do not edit.

Every setting is a flag of `paultrap serve`, of `paultrap worker` or of both (their `--help` says
which), an environment variable and a key of `paultrap.toml`. A flag takes precedence over a
variable, and a variable over a file. Files are read in this order, and the first that names a
setting counts: `paultrap.toml` in the working directory, in the user's
folder for configuration (`~/.config/paultrap` on Linux), and in `/etc`. `--config FILE` or
`PAULTRAP_CONFIG` names the only file to read instead. `paultrap config show` prints every value and
where it comes from.

* **Lists** are separated by commas in flags and variables; in TOML they are arrays.
* **Sizes** are bytes, or a text with a unit: `2GB` is 2 000 000 000, `2GiB` is 2 147 483 648.
* **Durations** such as `exit_when_idle` are seconds, or a text with units: `90s`, `10m`, `1h30m`.
* **Variables** that begin with `PAULTRAP_` and are no setting are reported and ignored. One whose
  name is at most two letters from a setting's stops the command, which says what may be meant.
  Commands that ask a server read `PAULTRAP_URL` and `PAULTRAP_API_KEY` alone, and look at no other.
* **Kubernetes** sets `PAULTRAP_PORT=tcp://…`, `PAULTRAP_SERVICE_HOST` and the like in every pod
  beside a Service called `paultrap`. They are not settings and are ignored.

| setting | flag | variable | default | meaning |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the page."""
    rows = [_row(name, field) for name, field in Settings.model_fields.items()]
    return HEAD + "\n".join(rows) + "\n"


def _row(name: str, field: FieldInfo) -> str:
    default = f"`{value}`" if (value := default_of(field)) else ""
    if isinstance(field.get_default(call_default_factory=True), bool):
        default = "`false`"
    elif field.default_factory is not None:  # it depends on the user
        default = "the user's folder for data"
    flag, variable = flag_of(name), variable_of(name)
    return f"| `{name}` | `{flag}` | `{variable}` | {default} | {field.description} |"


if __name__ == "__main__":
    PAGE.write_text(page())
