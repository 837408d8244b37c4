"""forewatch.toml is heeded word for word, or refused."""

from datetime import date

import pytest

from data_pipelines.settings import Override, mirrors, overrides, parameters, primary
from geo.errors import UsageError

OVERRIDE = """
[[overrides]]
guard = "rows"
source = "ucdp_ged"
reason = "UCDP withdrew the events of 2021 (release note 24.1)"
by = "Ana Analyst"
until = 2027-01-31
"""


@pytest.fixture
def root(tmp_path):
    def write(text):
        (tmp_path / "forewatch.toml").write_text(text)
        return tmp_path

    return write


def test_a_workspace_without_settings_says_nothing(tmp_path):
    assert mirrors(tmp_path) == primary(tmp_path) == {}
    assert overrides(tmp_path) == ()
    assert parameters(tmp_path)["incident_intensity"]["half_life_months"] == 6


def test_rasters_of_people_have_an_order_of_their_own(root):
    assert primary(root("[primary]\npopulation_rasters = 'gpw'")) == {"population_rasters": ("gpw",)}


def test_every_section_is_read(root):
    home = root(
        "[layers.incident_intensity]\nhalf_life_months = 3\n"
        '[mirrors]\n"data.humdata.org" = "http://127.0.0.1:8123/data.humdata.org/"\n'
        '[primary]\nincidents = "ucdp_ged"\nsites = ["osm_sites", "who_facilities"]\n' + OVERRIDE
    )
    assert parameters(home)["incident_intensity"]["half_life_months"] == 3
    assert mirrors(home) == {"data.humdata.org": "http://127.0.0.1:8123/data.humdata.org"}
    assert primary(home) == {"incidents": ("ucdp_ged",), "sites": ("osm_sites", "who_facilities")}
    reason = "UCDP withdrew the events of 2021 (release note 24.1)"
    assert overrides(home) == (Override("rows", reason, "Ana Analyst", source="ucdp_ged", until=date(2027, 1, 31)),)


BROKEN = {
    (mirrors, "mirrors = 3"): "'mirrors' is 3",
    (mirrors, "[mirrors]\nhost = 3"): "Mirror 'host' is 3; give a URL",
    (mirrors, "[mirrors]\nhost = 'file:///etc/passwd'"): "give a URL",
    (mirrors, "[mirrors]\nhost = 'http://['\n[nonsense]"): "It says 'nonsense'",
    (mirrors, "[mirrors]\nhost = 'http://host?key=1'"): "give a URL",
    (primary, "[primary]\nnonsense = 'ucdp_ged'"): "fill no table 'nonsense'; they fill .*incidents",
    (primary, "[primary]\nlayer_values = 'ucdp_ged'"): "fill no table 'layer_values'",
    (primary, "[primary]\npopulation_rasters = 'cod_ps'"): "'cod_ps' does not fill 'population_rasters'",
    (primary, "[primary]\nincidents = 'nonsense'"): "no source 'nonsense'",
    (primary, "[primary]\nincidents = 'iom_dtm'"): "'iom_dtm' does not fill 'incidents'",
    (primary, "[primary]\nincidents = []"): "at least one",
    (primary, "[primary]\nincidents = 3"): "at least one",
    (primary, "[primary]\nincidents = ['ucdp_ged', 'ucdp_ged']"): "different sources",
    (overrides, "overrides = 3"): "'overrides' is 3",
    (overrides, "[[overrides]]"): r"Override 1 has guard ''; give it as text",
    (overrides, OVERRIDE + OVERRIDE.replace('"rows"', '"row"')): "Override 2 is for guard 'row'; there are rows, ",
    (overrides, OVERRIDE.replace("Ana Analyst", " ")): "has by ' '",
    (overrides, OVERRIDE.replace("2027-01-31", "'2027-01-31'")): "a day without quotes",
    (overrides, OVERRIDE.replace("2027-01-31", "2027-01-31T10:00:00")): "a day without quotes",
    (overrides, OVERRIDE + "because = 3"): "it may say guard, reason, by, source, snapshot, until",
    (overrides, OVERRIDE + "snapshot = 'ucdp_ged/2024-01-01_aaaaaaaaaaaa'"): "either a source or a snapshot",
    (overrides, OVERRIDE.replace("ucdp_ged", "nonsense")): "no source 'nonsense'",
    (overrides, OVERRIDE.replace('source = "ucdp_ged"', "")): "either a source or a snapshot",
}


@pytest.mark.parametrize(("read", "text", "said"), [(*key, said) for key, said in BROKEN.items()])
def test_what_would_not_be_heeded_is_refused(root, read, text, said):
    with pytest.raises(UsageError, match=said) as refused:
        read(root(text))
    assert str(refused.value).count("cannot be followed") == 1
