"""schemathesis posts whatever the description allows: no answer may be a fault, or other than described."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import anymood
from anymood.service.app import create_app

schemathesis = pytest.importorskip("schemathesis", reason="no schemathesis here: pip install schemathesis")


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_answers_are_as_described(bundle, mode):
    app = create_app({"tiny": anymood.load(bundle, threads=1)})
    described = schemathesis.openapi.from_asgi("/openapi.json", app)
    operations = [operation.ok() for operation in described.get_all_operations()]
    assert len(operations) >= 6
    posts = [operation for operation in operations if operation.method == "post" or mode.is_positive]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for operation in posts])

    @settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases)
    def check(case):
        answer = case.call()
        assert answer.status_code < 500 or case.path == "/ready"  # warming up, or warm
        case.operation.validate_response(answer)

    check()
