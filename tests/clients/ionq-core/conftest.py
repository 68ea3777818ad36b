import pytest
from ionq_core import IonQClient


@pytest.fixture
def client(server):
    with IonQClient(api_key=server.key, base_url=f"{server.url}/v0.4", max_retries=0) as client:
        yield client
