"""Networks and trips in exchange formats, one file per format."""

from itas_mobility.network.files.link_volumes import read_link_volumes, write_link_volumes
from itas_mobility.network.files.tntp import read_tntp, read_tntp_trips, write_tntp, write_tntp_trips

__all__ = [
    "read_link_volumes",
    "read_tntp",
    "read_tntp_trips",
    "write_link_volumes",
    "write_tntp",
    "write_tntp_trips",
]
