"""Networks and trips in exchange formats."""

from itas_mobility.network.files.tntp import read_tntp, read_tntp_trips

__all__ = ["read_tntp", "read_tntp_trips"]
