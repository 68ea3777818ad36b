"""How version 0.4 names an artifact: by an id to fetch it with and the format that it has."""

V1 = "ionq.result.{kind}.json.v1"
V2 = "ionq.result.{kind}.json.v2"


def described(artifact_id: str, result_format: str) -> dict[str, str]:
    """Return the descriptor of an artifact in JSON."""
    return {"id": artifact_id, "format": result_format, "media_type": "application/json"}
