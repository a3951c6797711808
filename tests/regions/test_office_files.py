"""Statistics as offices hand them out: encodings, marks, lost zeros; each fault with file, line and column."""

import numpy as np
import pytest

from itas_mobility.core import ZoneKind, Zones
from itas_mobility.errors import InputError
from itas_mobility.regions.office_files import decoded, figure, table_rows
from itas_mobility.regions.reading import _read_commuters

HEADER = "home_kreis,work_kreis,home_name,employees\n"
QUANTITY = {"unit": "persons", "year": 2023, "source": "made", "confidence": "official"}


@pytest.fixture
def zones():
    return Zones(
        zone_id=["in", "chemnitz", "north"], name=["Innen", "Chemnitz", "Norden"],
        municipality=["14524330", "14511", "15001"], district=["14524", "14511", "15001"],
        kind=[ZoneKind.INTERNAL, ZoneKind.EXTERNAL, ZoneKind.EXTERNAL], lon_deg=[12.5, 12.9, 12.4],
        lat_deg=[50.7, 50.8, 51.5], residents=[1, 1, 1], employed_residents=[1, 1, 1], jobs=[1, 1, 1],
        polygon=np.full(3, None),
    )  # fmt: skip


def read(folder, zones, text, *, encoding="utf-8", **about):
    (folder / "commuters.csv").write_bytes(text.encode(encoding))
    (folder / "districts.csv").write_text(
        "kreis,zone_id,share\n14511,chemnitz,1\n01001,north,1\n02000,north,1\nothers,chemnitz,0.25\nothers,north,0.75\n"
    )
    return _read_commuters(
        folder,
        {
            "commuters": "commuters.csv", "districts": "districts.csv", "zones": "zones.geojson",
            "own_district": "14524", "statistics_year": 2023, "statistics_source": "made",
            "in_commuters": QUANTITY | {"value": 900.0}, **about,
        },
        zones,
    )  # fmt: skip


GOOD = HEADER + "14511,14524,Köthen,800\n01001,14524,Flensburg,*\n14524,02000,Hamburg,30\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_files_of_offices_are_read(tmp_path, zones, encoding, delimiter):
    made = read(tmp_path, zones, GOOD.replace(",", delimiter).replace("\n", "\r\n"), encoding=encoding)
    account = made.account("14524", "in")
    assert (account.known, account.n_suppressed, account.total) == (800, 1, 900)
    assert made.rounding == 10
    is_others = made.place_key == "others"
    assert made.place_district[is_others].tolist() == ["14511", "15001"]
    assert made.place_share[is_others].tolist() == [0.25, 0.75]


@pytest.mark.parametrize("mark", ["*", "-", "x", "X", ".", "/"])
def test_marks_are_suppressed_figures_not_errors_and_not_zero(tmp_path, zones, mark):
    made = read(tmp_path, zones, HEADER + f"14511,14524,a,{mark}\n")
    assert np.isnan(made.employees).all()
    assert (made.low.tolist(), made.high.tolist()) == ([1], [9])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("1001,14524,a,30\n", r"line 2: home_kreis: '1001' has 4 digits, .* district has 5: write '01001'"),
        ("14511,1452433,a,30\n", r"line 2: work_kreis: '1452433' has 7 digits, .* municipality has 8"),
        ("14511,14524,a,30\n99999,14524,a,3\n", r"line 3: home_kreis: '99999' is not known: .* zones.geojson nor in"),
        ("14511,14524,a,1.234\n", r"line 2: employees: '1.234' is no whole number; .* leave them out"),
        ("14511,14524,a,1.000\n", r"line 2: employees: '1.000' is no whole number"),
        ('14511,14524,a,"1,5"\n', r"line 2: employees: '1,5' is no whole number"),
        ("14511,14524,a,-30\n", "line 2: employees: '-30' is negative"),
        ("14511,14524,a,nan\n", r"line 2: employees: 'nan' is no whole number and none of the marks"),
        ("14511,14524,a,\n", "line 2: employees: '' is no whole number"),
        ("14511,14524,a,30\n\n14511,14524,b,30\n", "line 4: pair 14511 -> 14524 stands in line 2 already"),
        ("14511,14524,a\n", "line 2: 3 values, expected 4"),
        ("1001,14524,a,x1\n", "home_kreis: .*; line 2: employees"),  # all together
    ],
)
def test_faults_are_named_with_line_and_column(tmp_path, zones, rows, says):
    with pytest.raises(InputError, match=f"commuters.csv: .*{says}"):
        read(tmp_path, zones, HEADER + rows)


def test_an_encoding_that_is_not_certain_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("kreis,name\n1,a\n2,K\u0119dzierzyn\n".encode("cp1250"))
    with pytest.raises(InputError, match=r"a.csv: line 3: byte 0xea is no UTF-8.*save it as UTF-8"):
        # in Windows-1252 the byte would be a letter that tables of German offices do not hold
        decoded(path)
    path.write_bytes(b"\xff\xfea")
    with pytest.raises(InputError, match="begins like utf-16"):
        decoded(path)


def test_several_own_districts_need_totals_of_their_own(tmp_path, zones):
    total = QUANTITY | {"value": 900.0}
    made = read(tmp_path, zones, GOOD, own_district=["14524", "14523"], in_commuters={"14524": total, "14523": total})
    assert made.total_district.tolist() == ["14523", "14524"]
    with pytest.raises(InputError, match=r"in_commuters: say of which district"):
        read(tmp_path, zones, GOOD, own_district=["14524", "14523"])
    with pytest.raises(InputError, match="own_district = 14524 must be"):
        read(tmp_path, zones, GOOD, own_district=14524)


def test_what_stays_inside_stands_once(tmp_path, zones):
    inside = QUANTITY | {"value": 5000.0}
    made = read(tmp_path, zones, GOOD, internal_employees=inside)
    assert made.employees[(made.home_district == "14524") & (made.work_district == "14524")].tolist() == [5000]
    with pytest.raises(InputError, match="line 5: pair 14524 -> 14524 stands as internal_employees"):
        read(tmp_path, zones, GOOD + "14524,14524,x,5000\n", internal_employees=inside)


def test_figures():
    assert figure("10290") == figure("10290.0") == 10290
    assert np.isnan(figure("*"))


def test_rows_know_their_lines(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('a;b\n1;"two\nlines"\n\n 3 ;4\n', encoding="utf-8")
    assert [line for line, _ in table_rows(path, ("a",))] == [3, 5]
    assert table_rows(path, ("a",))[1][1] == {"a": "3", "b": "4"}
