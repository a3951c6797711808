"""Embedded regions."""
