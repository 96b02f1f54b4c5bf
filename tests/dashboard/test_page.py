"""The page makes Solara keep to itself, wherever it is shown."""

from solara import checks
from solara.server import settings

from remodel_abm.dashboard import page


def test_solara_neither_checks_in_nor_tells_what_is_done(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)
    assert page.Page is not None
    assert not checks.should_perform_jupyter_check()
    assert not checks.should_perform_solara_check()
    assert not settings.telemetry.mixpanel_enable
