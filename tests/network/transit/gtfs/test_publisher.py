"""Who published a feed."""

import pytest
from gtfs_feeds import feed

from itas_mobility.errors import NetworkError
from itas_mobility.network.transit import feed_publisher

AGENCIES = "agency_id,agency_name,agency_url,agency_timezone\n"


def test_the_publisher_goes_before_the_operators(tmp_path):
    assert feed_publisher(feed(tmp_path)) == "Test"
    info = '\ufefffeed_publisher_url, feed_publisher_name ,feed_lang\nu,"Verbund ""Mitte"", Köln",de\n'
    assert feed_publisher(feed(tmp_path, feed_info=info)) == 'Verbund "Mitte", Köln'
    assert feed_publisher(feed(tmp_path, feed_info="feed_lang\nde\n")) == "Test"


def test_many_operators_are_counted(tmp_path):
    names = ["B", "A", "B", "", "C", "D", "E"]
    rows = "".join(f"{k},{name},https://example.org,Europe/Berlin\n" for k, name in enumerate(names))
    assert feed_publisher(feed(tmp_path, agency=AGENCIES + rows)) == "B; A; C and 2 more"
    assert feed_publisher(feed(tmp_path, agency=AGENCIES)) == ""


def test_text_in_another_code_is_named(tmp_path):
    with pytest.raises(NetworkError, match=r"feed\.zip: agency\.txt: is no UTF-8 text"):
        feed_publisher(feed(tmp_path, agency=(AGENCIES + "x,Köln,u,Europe/Berlin\n").encode("latin-1")))
