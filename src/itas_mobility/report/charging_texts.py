"""What the report says of charging, in German and English; `texts.TEXTS` holds it with all else."""

from typing import Final

from itas_mobility.words import Text

WEEKDAYS: Final[tuple[tuple[str, str], ...]] = (
    ("Mo", "Mon"),
    ("Di", "Tue"),
    ("Mi", "Wed"),
    ("Do", "Thu"),
    ("Fr", "Fri"),
    ("Sa", "Sat"),
    ("So", "Sun"),
)
DAYS: Final[tuple[tuple[str, str], ...]] = (
    ("Montag", "Monday"),
    ("Dienstag", "Tuesday"),
    ("Mittwoch", "Wednesday"),
    ("Donnerstag", "Thursday"),
    ("Freitag", "Friday"),
    ("Samstag", "Saturday"),
    ("Sonntag", "Sunday"),
)

EXPLANATIONS: Final[dict[str, Text]] = {
    "uncontrolled": Text(
            "Jedes Auto lädt ab Ankunft mit voller Leistung, auch wenn der Anschluss nicht reicht.",
            "Each car charges at full power from its arrival, whether the connection carries it or not.",
        ),
    "first_come": Text(
            "Wer zuerst kommt, lädt zuerst; ist der Anschluss ausgelastet, warten die anderen.",
            "Who comes first charges first; once the connection is full, the others wait.",
        ),
    "earliest_departure": Text("Wer zuerst abfährt, lädt zuerst.", "Who leaves first charges first."),
    "least_laxity": Text(
            "Zuerst lädt, wem bis zur Abfahrt am wenigsten Zeit bleibt, gemessen an seinem Bedarf.",
            "Those charge first who have least time to spare before they leave, measured by their need.",
        ),
    "equal_share": Text(
            "Alle angesteckten Autos teilen sich die freie Leistung zu gleichen Teilen.",
            "All plugged-in cars share the free power equally.",
        ),
    "balanced": Text(
            "Jedes Auto lädt so langsam, dass es zur Abfahrt gerade fertig ist; die anderen sieht es nicht.",
            "Each car charges just fast enough to be done when it leaves; it does not see the others.",
        ),
    "peak_minimal": Text("Alle zusammen laden so, dass die Spitze des ganzen Werks so klein wird, wie es geht.",
             "All cars together charge so that the peak of the whole site is as small as it can be."),
    "cost_minimal": Text(
            "Geladen wird, wenn der Strom billig ist; der Leistungspreis zählt mit.",
            "Cars charge when electricity is cheap; the demand charge counts.",
        ),
    "photovoltaic": Text(
            "Geladen wird, wenn die Sonne scheint; den Rest gibt das Netz.",
            "Cars charge while the sun shines; the grid gives the rest.",
        ),
    "emission": Text(
            "Geladen wird, wenn der Strom am wenigsten CO₂ verursacht.",
            "Cars charge when electricity causes least CO₂.",
        ),
    "bidirectional": Text(
            "Autos geben in teuren Stunden Strom ab und holen ihn in billigen zurück.",
            "Cars give electricity in dear hours and take it back in cheap ones.",
        ),
}  # fmt: skip
"""Name in the code -> what it is called, and what it does."""

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "charging_title": ("Laden am Werk und Netzanschluss", "Charging at the site and grid connection"),
    "charging_lead": (
        (
            "Wann die Elektro-Pkw der Beschäftigten laden, ob der Anschluss des Werks das trägt und was es kostet. "
            "Alle Werte sind Erwartungswerte einer gewöhnlichen Woche."
        ),
        (
            "When the workers' electric cars charge, whether the site's connection carries it, and what it costs. "
            "All values are expectations for an ordinary week."
        ),
    ),
    "week_title": ("Die Woche von Montag bis Sonntag", "The week from Monday to Sunday"),
    "week_lead": (
        (
            "Leistung je Viertelstunde. Kräftig: das gezeigte Szenario; blass: die anderen. Der Strom für Gebäude "
            "liegt, wo er angegeben ist, als graue Fläche darunter, das Laden obenauf."
        ),
        (
            "Power by quarter of an hour. Strong: the scenario shown; pale: the others. Where the buildings' load is "
            "given it lies below as a grey area, with charging on top."
        ),
    ),
    "duration_title": ("Wie lange welche Leistung", "How long which power"),
    "duration_lead": (
        (
            "Dieselbe Woche, nach Leistung sortiert. Ein steiler Anfang heißt: Wenige Viertelstunden machen die "
            "Spitze, und Verschieben hilft."
        ),
        (
            "The same week, sorted by power. A steep beginning means: few quarters of an hour make the peak, and "
            "shifting helps."
        ),
    ),
    "share_of_week": ("Anteil der Woche", "Share of the week"),
    "key_chosen": ("gewählte Strategie", "chosen strategy"),
    "key_unmanaged": ("ungesteuert", "unmanaged"),
    "key_limit": ("Grenze des Anschlusses", "limit of the connection"),
    "key_building": ("Gebäude, abzüglich Sonnenstrom", "buildings, less solar power"),
    "power_kw": ("Ladeleistung in kW", "Charging power in kW"),
    "site_power_kw": ("Leistung des ganzen Werks in kW", "Power of the whole site in kW"),
    "limit_off_scale": (
        "Die Grenze des Anschlusses liegt ganz oder zeitweise über der Skala.",
        "The limit of the connection lies above the scale, at some times at least.",
    ),
    "no_limit": (
        "Für dieses Werk ist keine Grenze des Anschlusses angegeben.",
        "No limit of the connection is given for this site.",
    ),
    "week_peak": (
        "Am stärksten wird am {day} ab {time} Uhr geladen: {peak} kW.",
        "Charging is strongest on {day} from {time}: {peak} kW.",
    ),
    "week_enough": (
        "Der Anschluss reicht in jeder Viertelstunde; gebraucht werden höchstens {share} %.",
        "The connection suffices in every quarter of an hour; at most {share} % of it are needed.",
    ),
    "week_over": (
        "In {hours} Stunden der Woche reicht der Anschluss nicht; im schlimmsten Fall werden {share} % gebraucht.",
        "The connection does not suffice for {hours} hours of the week; at worst {share} % of it are needed.",
    ),
    "week_saved": (
        "Ungesteuert wären es {peak} kW; die Steuerung spart {saved} % der Spitze.",
        "Unmanaged it would be {peak} kW; managing saves {saved} % of the peak.",
    ),
    "week_higher": (
        (
            "Gesteuert ist die Spitze hier höher als ungesteuert ({peak} kW): Die Strategie achtet auf anderes als "
            "die Spitze. Wer die Spitze senken will, wählt „Kleinste Spitze“."
        ),
        (
            "Managed, the peak is higher here than unmanaged ({peak} kW): the strategy heeds other things than the "
            "peak. To lower the peak choose “Smallest peak”."
        ),
    ),
    "week_none": ("Hier wird in diesem Szenario nicht geladen.", "Nothing is charged here in this scenario."),
    "figures_title": ("Zahlen der Woche", "Figures of the week"),
    "figure_peak": ("Spitze des Ladens", "Peak of charging"),
    "figure_peak_note": ("höchster Mittelwert einer Viertelstunde", "highest mean of a quarter of an hour"),
    "figure_uncontrolled": ("Spitze ohne Steuerung", "Peak without managing"),
    "figure_uncontrolled_note": (
        "wenn jedes Auto ab Ankunft mit voller Leistung lädt",
        "if each car charges at full power from its arrival",
    ),
    "figure_share": ("Anteil am Anschluss", "Share of the connection"),
    "figure_share_note": (
        "höchster Anteil dessen, was das Werk ziehen darf",
        "highest share of what the site may draw",
    ),
    "figure_over": ("Zeit über der Grenze", "Time above the limit"),
    "figure_over_note": (
        "so lange reicht der Anschluss in der Woche nicht",
        "how long the connection does not suffice in the week",
    ),
    "figure_energy": ("Strom für das Laden", "Electricity for charging"),
    "figure_energy_note": ("aus dem Netz in der Woche, mit Verlusten", "from the grid in the week, with losses"),
    "options_title": ("Alle Strategien für dieses Werk", "All strategies for this site"),
    "options_for": ("Gerechnet für das Szenario", "Computed for the scenario"),
    "options_lead": (
        "Je Woche. Grün: der niedrigste Wert der Spalte. Rot: eine höhere Spitze als ungesteuert.",
        "Per week. Green: the lowest value of the column. Red: a higher peak than unmanaged.",
    ),
    "option_strategy": ("Strategie", "Strategy"),
    "option_chosen": ("gewählt", "chosen"),
    "option_lowest": ("am niedrigsten", "lowest"),
    "option_higher": ("höher als ungesteuert", "higher than unmanaged"),
    "option_peak_kw": ("Spitze", "Peak"),
    "option_peak_kw_note": ("des Ladens", "of charging"),
    "option_over_limit_h": ("Über der Grenze", "Above the limit"),
    "option_over_limit_h_note": ("Anschluss reicht nicht", "connection does not suffice"),
    "option_unserved_kwh": ("Nicht geladen", "Not charged"),
    "option_unserved_kwh_note": ("bis zur Abfahrt", "before departure"),
    "option_cost_eur": ("Kosten", "Cost"),
    "option_cost_eur_note": ("Arbeit und Leistung", "energy and demand"),
    "option_co2_kg": ("CO₂", "CO₂"),
    "option_co2_kg_note": ("mit dem Mix jeder Stunde", "with each hour’s mix"),
    "option_refused": ("Hier nicht möglich: {reason}", "Not possible here: {reason}"),
    "option_of_need": ("{share} % des Bedarfs", "{share} % of the need"),
    "advice_no_prices": (
        "Für dieses Werk sind keine Strompreise angegeben; Kosten stehen deshalb nicht da.",
        "No prices of electricity are given for this site; so there are no costs.",
    ),
    "advice_higher": (
        (
            "Höher als ungesteuert ({peak} kW) ist die Spitze bei: {listed}. Das ist kein Fehler: Diese Strategien "
            "achten auf die Abfahrt, den Preis, die Sonne oder das Klima, nicht auf die Spitze."
        ),
        (
            "The peak is higher than unmanaged ({peak} kW) with: {listed}. That is no fault: these strategies heed "
            "departure, price, sun or climate and not the peak."
        ),
    ),
    "advice_alike": (
        (
            "Dieselben Zahlen wie „Kleinste Spitze“ haben: {listed}. So ist es, wo Strom zu jeder Stunde gleich teuer "
            "und gleich sauber ist und kein Sonnenstrom zum Laden übrig bleibt."
        ),
        (
            "The same figures as “Smallest peak” have: {listed}. That is so where electricity is as dear and as clean "
            "in every hour and no solar power is left for charging."
        ),
    ),
    "advice_balanced": (
        (
            "„Gleichmäßig je Auto“ braucht das {times}-Fache der kleinsten Spitze ({balanced} statt {least} kW), "
            "weil sich Schichten überlappen: Während die einen fertig laden, fangen die anderen an. Abhilfe: die "
            "Schichten versetzt anstecken lassen oder alle Autos gemeinsam planen („Kleinste Spitze“)."
        ),
        (
            "“Balanced per car” needs {times} times the smallest peak ({balanced} instead of {least} kW), as shifts "
            "overlap: while some cars finish, others begin. Remedy: let the shifts plug in at different times, or "
            "plan all cars together (“Smallest peak”)."
        ),
    ),
    "outlook_title": ("Ausblick: wann es eng wird, und was hilft", "Outlook: when it gets tight, and what helps"),
    "beyond_curve": ("nie", "never"),
    "peak_limit_never": (
        "Ungesteuert reicht der Anschluss auch dann, wenn alle Pkw elektrisch fahren.",
        "Unmanaged, the connection suffices even if all cars are electric.",
    ),
    "peak_limit_now": (
        "Ungesteuert reicht der Anschluss nur bis {share} % Elektro-Pkw; gerechnet sind schon {now} %.",
        "Unmanaged, the connection suffices up to {share} % electric cars only; {now} % are computed already.",
    ),
    "peak_limit_until": (
        "Ungesteuert reicht der Anschluss, bis {share} % der Pkw elektrisch sind (gerechnet: {now} %).",
        "Unmanaged, the connection suffices until {share} % of the cars are electric (computed: {now} %).",
    ),
    "served_limit_never": (
        (
            "Mit der gewählten Strategie „{strategy}“ werden {served} % des Bedarfs auch dann geladen, wenn alle Pkw "
            "elektrisch fahren."
        ),
        ("With the chosen strategy “{strategy}”, {served} % of the need are charged even if all cars are electric."),
    ),
    "served_limit_now": (
        (
            "Mit der gewählten Strategie „{strategy}“ werden {served} % des Bedarfs nur bis {share} % Elektro-Pkw "
            "geladen; gerechnet sind schon {now} %."
        ),
        (
            "With the chosen strategy “{strategy}”, {served} % of the need are charged up to {share} % electric "
            "cars only; {now} % are computed already."
        ),
    ),
    "served_limit_until": (
        (
            "Mit der gewählten Strategie „{strategy}“ werden {served} % des Bedarfs geladen, bis {share} % der Pkw "
            "elektrisch sind (gerechnet: {now} %)."
        ),
        (
            "With the chosen strategy “{strategy}”, {served} % of the need are charged until {share} % of the cars "
            "are electric (computed: {now} %)."
        ),
    ),
    "year_band": (
        "Das ist voraussichtlich {year} so weit (Spanne {low} bis {high}).",
        "That is expected in {year} (band {low} to {high}).",
    ),
    "year_not": (
        "So viele werden es nach der Kurve des Hochlaufs nie.",
        "By the curve of adoption there will never be so many.",
    ),
    "year_only": ("Das ist voraussichtlich {year} so weit.", "That is expected in {year}."),
    "year_never": (
        "So viele werden es nach der Kurve des Hochlaufs nicht (frühestens: {low}).",
        "By the curve of adoption there will not be so many (earliest: {low}).",
    ),
    "points_more": (
        "Damit {served} % des Bedarfs geladen werden, braucht es {needed} Ladepunkte; es gibt {points}.",
        "For {served} % of the need to be charged it takes {needed} points; there are {points}.",
    ),
    "points_enough": (
        "Die {points} Ladepunkte genügen: Für {served} % des Bedarfs reichen {needed}.",
        "The {points} points are enough: {needed} do for {served} % of the need.",
    ),
    "points_never": (
        (
            "Mehr Ladepunkte allein bringen nicht {served} % des Bedarfs (es gibt {points}): Anschluss oder "
            "Standzeit reichen nicht."
        ),
        (
            "More points alone do not bring {served} % of the need (there are {points}): connection or time do not "
            "suffice."
        ),
    ),
    "worth_kwh_per_kw": (
        "Mit „Kleinste Spitze“ lädt ein Kilowatt mehr Anschluss in der Woche {value} kWh mehr.",
        "With “Smallest peak”, one more kilowatt of connection charges {value} kWh more in the week.",
    ),
    "worth_kwh_per_kw_none": (
        "Mit „Kleinste Spitze“ lädt mehr Anschluss keine Kilowattstunde mehr: Am Anschluss liegt es dann nicht.",
        "With “Smallest peak”, more connection charges nothing more: it is not what is missing then.",
    ),
    "worth_eur_per_kw": (
        (
            "Mit „Kleinste Kosten“ spart ein Kilowatt mehr Anschluss {value} € Stromkosten in der Woche, ohne die "
            "Kosten des Anschlusses."
        ),
        (
            "With “Least cost”, one more kilowatt of connection saves {value} € of electricity in the week, its own "
            "cost aside."
        ),
    ),
    "worth_eur_per_kw_none": (
        "Mit „Kleinste Kosten“ macht mehr Anschluss den Strom nicht billiger.",
        "With “Least cost”, more connection does not make electricity cheaper.",
    ),
    "worth_kwh_per_point": (
        "Mit „Kleinste Spitze“ lädt ein Ladepunkt mehr in der Woche {value} kWh mehr.",
        "With “Smallest peak”, one more point charges {value} kWh more in the week.",
    ),
    "worth_kwh_per_point_none": (
        "Mit „Kleinste Spitze“ lädt ein Ladepunkt mehr keine Kilowattstunde mehr: An Ladepunkten fehlt es dann nicht.",
        "With “Smallest peak”, one more point charges nothing more: points are not what is missing then.",
    ),
    "worth_kw_per_min": (
        "Jede Minute, um die eine Schicht später ansteckt, senkt die Spitze von „Gleichmäßig je Auto“ um {value} kW.",
        "Each minute by which one shift plugs in later lowers the peak of “Balanced per car” by {value} kW.",
    ),
    "worth_kw_per_min_none": (
        "Steckt eine Schicht später an, so wird die Spitze von „Gleichmäßig je Auto“ nicht kleiner.",
        "If one shift plugs in later, the peak of “Balanced per car” does not get lower.",
    ),
    "places_title": ("Wo geladen wird", "Where electricity is charged"),
    "places_lead": (
        (
            "Was die Elektro-Pkw der Pendler an einem mittleren Werktag verbrauchen, laden sie zu Hause, bei der "
            "Arbeit oder an öffentlichen Säulen. Gezählt wird, was in die Batterien geht. Die Karte oben zeigt es "
            "nach Wohnort."
        ),
        (
            "What commuters' electric cars drive on a mean working day they charge at home, at work or at public "
            "points. What counts is what goes into the batteries. The map above shows it by place of residence."
        ),
    ),
    "place_home": ("zu Hause", "at home"),
    "place_work": ("bei der Arbeit", "at work"),
    "place_public": ("öffentlich", "in public"),
    "map_home_kwh": ("E-Pkw von hier: zu Hause geladen", "Electric cars from here: charged at home"),
    "map_work_kwh": ("E-Pkw von hier: bei der Arbeit geladen", "Electric cars from here: charged at work"),
    "map_public_kwh": ("E-Pkw von hier: öffentlich geladen", "Electric cars from here: charged in public"),
    "places_none": ("In diesem Szenario fährt kein Elektro-Pkw.", "No electric car is driven in this scenario."),
    "places_told": (
        (
            "Von 100 Kilowattstunden kommen {home} von zu Hause, {work} von der Arbeit und {public} von "
            "öffentlichen Säulen."
        ),
        "Of 100 kilowatt-hours {home} come from home, {work} from work and {public} from public points.",
    ),
    "places_unserved": (
        (
            "Pkw am Tag, die am Werk laden wollen und dort nichts bekommen: {cars}. Davon laden dann zu Hause: "
            "{home}, öffentlich: {public}; ohne Laden unterwegs blieben liegen: {stranded}."
        ),
        (
            "Cars a day that want to charge at work and get nothing there: {cars}. Of them charge at home instead: "
            "{home}, in public: {public}; stranded without charging on the way: {stranded}."
        ),
    ),
    "balance_title": ("Gefahren und geladen", "Driven and charged"),
    "balance_electric_cars": ("Elektro-Pkw unterwegs", "Electric cars on the road"),
    "balance_electric_cars_note": ("zur Arbeit, am mittleren Werktag", "to work, on the mean working day"),
    "balance_driven": ("Gefahren", "Driven"),
    "balance_driven_note": ("aus den Batterien für Hin- und Rückweg", "from the batteries for both ways"),
    "balance_home": ("Geladen zu Hause", "Charged at home"),
    "balance_home_note": ("in die Batterien, an der eigenen Steckdose", "into the batteries, at one’s own point"),
    "balance_work": ("Geladen bei der Arbeit", "Charged at work"),
    "balance_work_note": ("in die Batterien, am Werk oder Büro", "into the batteries, at the plant or office"),
    "balance_public": ("Öffentlich geladen", "Charged in public"),
    "balance_public_note": (
        "in die Batterien; auch, was am Werk nicht zu laden war",
        "into the batteries; what was not to be had at work, too",
    ),
    "balance_fed_back": ("Zurückgespeist", "Fed back"),
    "balance_fed_back_note": ("aus den Batterien ins Netz am Werk", "from the batteries to the grid at work"),
    "balance_sum": ("Geladen insgesamt", "Charged in total"),
    "balance_sum_note": ("muss gleich dem Gefahrenen sein", "must equal what is driven"),
    "balance_gap": ("Unterschied", "Difference"),
    "balance_gap_note": ("geladen weniger gefahren", "charged less driven"),
    "balance_closed": ("geht auf", "closes"),
    "balance_open": ("geht nicht auf", "does not close"),
    "balance_losses": ("Ladeverluste", "Losses of charging"),
    "balance_losses_note": ("Anteil am Strom aus dem Netz darunter", "share of the grid’s electricity below"),
    "balance_grid": ("Strom aus dem Netz", "Electricity from the grid"),
    "balance_grid_note": ("Geladenes und Verluste zusammen", "what is charged and lost together"),
    "site_places_title": ("Nach Werken, und wer am Werk nichts bekommt", "By site, and who gets nothing at work"),
    "site_places_lead": (
        (
            "Strom in Kilowattstunden je mittlerem Werktag. Autos, die am Werk nicht oder nur zum Teil laden "
            "können, sind nach dem gezählt, was sie stattdessen tun."
        ),
        (
            "Electricity in kilowatt-hours per mean working day. Cars that cannot charge at work, or only in part, "
            "are counted by what they do instead."
        ),
    ),
    "site_elsewhere": ("Andere Arbeitsorte und Büros", "Other places of work and offices"),
    "column_electric_cars": ("Elektro-Pkw", "Electric cars"),
    "column_driven_kwh": ("gefahren, kWh", "driven, kWh"),
    "column_home_kwh": ("zu Hause geladen, kWh", "charged at home, kWh"),
    "column_work_kwh": ("am Werk geladen, kWh", "charged at work, kWh"),
    "column_public_kwh": ("öffentlich geladen, kWh", "charged in public, kWh"),
    "column_unserved_kwh": ("am Werk nicht geladen, kWh", "not charged at work, kWh"),
    "column_unserved_home_cars": ("laden dann zu Hause, Pkw", "then charge at home, cars"),
    "column_unserved_public_cars": ("laden dann öffentlich, Pkw", "then charge in public, cars"),
    "column_stranded_cars": ("kämen sonst nicht heim, Pkw", "would not get home, cars"),
    "figure_unserved": ("Am Werk nicht geladen", "Not charged at the site"),
    "figure_unserved_note": (
        "was bis zur Abfahrt nicht geladen ist, am mittleren Werktag",
        "what is not charged before departure, on the mean working day",
    ),
    "of_need": ("{share} % des Bedarfs, {cars} Pkw", "{share} % of the need, {cars} cars"),
    "figure_simultaneity_share": ("Gleichzeitigkeit", "Simultaneity"),
    "figure_simultaneity_share_note": (
        "Spitze gegen die Leistung, die alle Autos ziehen könnten, die zugleich einen Ladepunkt haben",
        "peak against the power that all cars could draw that have a point at once",
    ),
    "figure_waiting_h": ("Warten auf einen Ladepunkt", "Waiting for a point"),
    "figure_waiting_h_note": (
        "Stunden aller Autos in der Woche, auch derer, die keinen finden",
        "hours of all cars in the week, of those who find none as well",
    ),
    "figure_blocked_h": ("Belegt, ohne zu laden", "Taken without charging"),
    "figure_blocked_h_note": (
        "Stunden aller Ladepunkte in der Woche, in denen ein angestecktes Auto nicht lädt",
        "hours of all points in the week in which a plugged-in car does not charge",
    ),
    "figure_cost_eur_per_week": ("Stromkosten des Ladens", "Electricity cost of charging"),
    "figure_cost_eur_per_week_note": (
        "je Woche: Arbeit und Leistung, abzüglich Einspeisung; ohne eigene Preise des Werks nach einem Beispieltarif",
        "per week: energy and demand, less what is fed in; by an example tariff where the site gives no prices",
    ),
    "figure_co2_kg_per_week": ("CO₂ des Ladestroms", "CO₂ of charging"),
    "figure_co2_kg_per_week_note": ("je Woche, mit dem Strommix jeder Stunde", "per week, with each hour’s mix"),
    "over_limit": ("über der Grenze", "over the limit"),
    "no_charging": (
        "In keinem Szenario wird an einem Werk geladen.",
        "No car is charged at a site in any scenario.",
    ),
}
"""Key -> (German, English)."""
