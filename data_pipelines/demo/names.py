"""Invented names: built so that none is, or sounds like, a place or a people that exists."""

COUNTRY = "Republic of Xandimar (SYNTHETIC)"
ISO3 = "XDM"
"""From the range XAA to XZZ that ISO 3166 keeps for users."""
ISO2 = "XD"
REGION = "Synthetic"

PROVINCES = ("Aldquor", "Brevinx", "Corzane", "Dunvexa", "Eskarnix", "Outer Fenquil")
DISTRICTS = (
    *("Abrixel", "Bezquor", "Cadzune", "Dovrinx", "Elquath", "Fendraxa", "Gozvelt", "Hulvaqua", "Ixborne", "Jorquen"),
    *("Kelvazz", "Luxquim", "Mordaxa", "Nivquor", "Oquallis", "Pexdune", "Quorvath", "Rimzaque", "Suldrix", "Tovquen"),
    *(
        "Ulbraxa",
        "Vlemquor",
        "Wexdrune",
        "Xolvarn",
        "Yestriqu",
        "Zaldrune",
        "Arquist",
        "Bluvenx",
        "Crozzim",
        "Drexaval",
    ),
    *(
        "Evquorn",
        "Fluxandra",
        "Grizzane",
        "Hexquill",
        "Ilquazar",
        "Jaxdune",
        "Kroviqa",
        "Lendraxa",
        "Mizquorn",
        "Nuvexal",
    ),
)

GOVERNMENT = "Government of Xandimar (SYNTHETIC)"
NORTHERN_FRONT = "Northern Front (SYNTHETIC)"
TIDE_LEAGUE = "Tide League (SYNTHETIC)"
INLAND_WATCH = "Inland Watch (SYNTHETIC)"
CIVILIANS = "Civilians"
"""What UCDP writes as side b of one-sided violence; the one actor that is not a name."""
