"""An audit never takes unknown for clean."""

import contextlib
import io
import unittest
from datetime import date, timedelta

import audit

OK = "advisories ok"
FAILED = "error[vulnerability]: ...\n\nadvisories FAILED"
UNREACHABLE = "[ERROR] failed to fetch advisory database"
TODAY = date(2026, 11, 21)
YESTERDAY = date(2026, 11, 20)


class Audits(unittest.TestCase):
    """Exit status and last words, for what cargo-deny answers."""

    def judged(self, fetched, copied=None, newest=YESTERDAY):
        """Status and last line of an audit of advisories: by a fetched database, by a copy."""
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = audit.advisories(
                lambda *command: copied if "--offline" in command else fetched,
                lambda: newest,
                TODAY,
            )
        return status, printed.getvalue().splitlines()[-1]

    def test_a_fresh_database_without_a_finding_is_clean_as_of_its_date(self):
        self.assertEqual(
            self.judged(OK), (audit.CLEAN, "Advisories: nothing found, as of 2026-11-20.")
        )

    def test_a_finding_fails(self):
        self.assertEqual(self.judged(FAILED)[0], audit.FINDINGS)
        self.assertEqual(self.judged(UNREACHABLE, FAILED)[0], audit.FINDINGS)

    def test_a_database_that_was_never_fetched_is_not_checked(self):
        status, last = self.judged(UNREACHABLE, OK, newest=None)
        self.assertEqual(status, audit.NOT_CHECKED)
        self.assertIn("NOT CHECKED", last)

    def test_a_recent_copy_serves_while_the_network_is_away_and_an_old_one_does_not(self):
        days = timedelta(days=audit.COPY_DAYS_MAX)
        self.assertEqual(self.judged(UNREACHABLE, OK, TODAY - days)[0], audit.CLEAN)
        status, last = self.judged(UNREACHABLE, OK, TODAY - days - timedelta(days=1))
        self.assertEqual(status, audit.NOT_CHECKED)
        self.assertIn("its copy is of 2026-11-13", last)

    def test_a_tool_that_did_not_get_to_its_end_has_checked_nothing(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(audit.offline(lambda *_: "error: unexpected argument"), 2)
            self.assertEqual(audit.offline(lambda *_: "bans ok, licenses ok"), 2)
            self.assertEqual(audit.offline(lambda *_: "bans ok, licenses ok, sources ok"), 0)
            self.assertEqual(audit.offline(lambda *_: "bans ok, licenses FAILED, sources ok"), 1)


if __name__ == "__main__":
    unittest.main()
