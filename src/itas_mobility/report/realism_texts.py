"""Words of the page on realism tests, German and English; `texts.TEXTS` holds them with all else."""

from typing import Final

from itas_mobility.words import Text

MARKS: Final[dict[str, Text]] = {
    "R1": Text("in der Quelle selbst gelesen", "read in the source itself"),
    "R2": Text("gelesen, wo andere sie zitieren", "read where others quote it"),
    "D": Text("hier abgeleitet oder gesetzt", "derived or set here"),
    "M": Text("aus dem Gedächtnis, nicht gelesen", "remembered, not read"),
}

GROUPS: Final[dict[str, tuple[Text, tuple[str, ...]]]] = {
    "driving": (Text("Autofahren", "Driving"), ("fuel_price", "car_time")),
    "lines": (
        Text("Bus und Bahn", "Public transport"),
        ("fare", "headway_longer", "headway_shorter", "headway_ratio", "hourly_to_two_hourly", "in_vehicle_time"),
    ),
    "parking": (Text("Parken", "Parking"), ("parking_largest_site", "parking_all_sites")),
    "accounts": (
        Text("Statistik und Rechnung", "Statistics and computation"),
        ("published_pairs", "demand_supply_gap", "gap_under_congestion"),
    ),
}
"""Parts of the page and their tests; tests that stand in none come last."""

METHODS: Final[tuple[Text, ...]] = (
    Text(
        "Eine Elastizität sagt, um wie viel Prozent sich die Nachfrage ändert, wenn Preis oder Zeit um ein Prozent "
        "steigen: ln(nachher / vorher) / ln(Änderungsfaktor). −0,3 heißt: 10 % teurer, knapp 3 % weniger.",
        "An elasticity says by how many per cent demand changes if price or time rise by one per cent: "
        "ln(after / before) / ln(factor of the change). −0.3 means: 10 % dearer, nearly 3 % less.",
    ),
    Text(
        "Jeder Test ist ein vollständiger Lauf von Verkehrsmittelwahl und Straßenverkehr; verglichen wird mit dem "
        "Bestand.",
        "Each test is a whole run of mode choice and road traffic, compared with the region as it is.",
    ),
    Text(
        "Kurzfristig bleibt jeder an seinem Arbeitsplatz; langfristig kann sich auch ändern, wer wo arbeitet.",
        "In the short run all keep their workplace; in the long run, who works where may change as well.",
    ),
    Text(
        "Auto-Kilometer sind die der schnellsten Wege auf leeren Straßen; Umwege um Staus fehlen. Beim Parken ist "
        "der Preis vorher null: Dort gilt die Bogenelastizität, Änderung durch Mittel aus vorher und nachher.",
        "Car kilometres are those of the quickest ways on empty roads; detours around jams are missing. Parking was "
        "free before: there the arc elasticity holds, change over mean of before and after.",
    ),
    Text(
        "Veröffentlichte Werte stammen meist aus anderen Ländern, Jahren und Fahrtzwecken. Ein Maßstab entscheidet "
        "über „im Bereich“; ein Vergleichswert steht nur daneben.",
        "Published figures mostly come from other countries, years and purposes. A bar decides what is “in range”; a "
        "guide only stands beside.",
    ),
)

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "realism_kicker": ("Regionales Mobilitätskonzept · Realitätstests", "Regional mobility concept · realism tests"),
    "realism_lead": (
        (
            "Reagiert das Modell so, wie Menschen reagieren? Preise, Takte und Zeiten werden ein wenig verändert; jede "
            "Antwort des Modells steht neben dem, was andere gemessen haben."
        ),
        (
            "Does the model react as people do? Prices, headways and times are changed a little; each answer of the "
            "model stands beside what others have measured."
        ),
    ),
    "realism_glance": ("Auf einen Blick", "At a glance"),
    "realism_summary": (
        (
            "{met} von {all} Tests liegen im erwarteten Bereich. Wo einer nicht dort liegt, steht warum. Die Maßstäbe "
            "sind verschieden sicher: Von {bars} beruhen {read} auf gelesenen Quellen, {set} sind hier abgeleitet oder "
            "gesetzt, {remembered} stammen aus dem Gedächtnis; ein Zeichen sagt es bei jedem."
        ),
        (
            "{met} of {all} tests lie in the expected range. Where one does not, the page says why. Not all bars are "
            "equally sure: of {bars}, {read} rest on sources that were read, {set} are derived or set here, "
            "{remembered} are remembered; a mark tells it for each."
        ),
    ),
    "realism_met": ("im Bereich", "in range"),
    "realism_missed": ("außerhalb", "out of range"),
    "realism_open": ("offen", "open"),
    "realism_short": ("kurzfristig", "short run"),
    "realism_long": ("langfristig", "long run"),
    "realism_bar_short": ("Maßstab kurzfristig", "bar, short run"),
    "realism_bar_long": ("Maßstab langfristig", "bar, long run"),
    "realism_guide": ("weitere veröffentlichte Werte", "further published figures"),
    "realism_expected": ("Erwartet", "Expected"),
    "realism_methods": ("Wie gerechnet wird", "How it is computed"),
    "realism_sources": ("Quellen der Bereiche", "Sources of the ranges"),
    "realism_sources_lead": (
        "Zu jedem Wert steht, ob seine Quelle wirklich gelesen wurde. Anmerkungen sind auf Englisch.",
        "Each figure says whether its source was really read.",
    ),
    "realism_test": ("Test", "Test"),
    "realism_horizon": ("Frist", "Run"),
    "realism_range": ("Bereich", "Range"),
    "realism_use": ("dient als", "used as"),
    "realism_use_bar": ("Maßstab", "bar"),
    "realism_use_guide": ("Vergleich", "guide"),
    "realism_mark": ("gelesen?", "read?"),
    "realism_source": ("Quelle", "Source"),
}
