"""What IDMC's two products share: the host, the key, the codes of countries, the words on rights."""

HOST = "helix-tools-api.idmcdb.org"
KEY = "FOREWATCH_IDMC_CLIENT"
URL = f"https://{HOST}/external-api"
ISO3 = "[A-Z]{2}[A-Z0-9]"
"""ISO 3166 alpha-3, and IDMC's AB9 for the Abyei Area."""
MAX_PERSONS = 1_000_000_000
PROVIDER = "Internal Displacement Monitoring Centre (IDMC)"
LICENCE = "CC BY-NC-SA 3.0 IGO; the copies on HDX are CC BY 3.0 IGO"
TERMS = "Free for non-commercial use with credit to IDMC; what is derived is shared under the same terms."
