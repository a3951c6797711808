"""Embedded, stylised data of the pilot region Landkreis Zwickau; see SOURCES.md before using any number."""
