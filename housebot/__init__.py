"""housebot: the booking desk for people who rent out a house."""

__version__ = "0.1.0"
