"""Plays a scenario: builds its fleet, lets AWS act on a timeline, and judges what came of it."""
