"""Excuses are few, reasoned and needed."""

import unittest

import suppressions

ROW = "- {check: C1, places: [Table], reason: It does not fit.}\n"


class Suppressions(unittest.TestCase):
    """What the file may say, and what it hides."""

    def test_the_file_as_it_is_has_no_fault(self):
        text = suppressions.FILE.read_text(encoding="utf-8")
        self.assertEqual(suppressions.read_suppressions(text)[1], [])

    def test_five_rows_are_taken_and_six_are_not(self):
        self.assertEqual(suppressions.read_suppressions(ROW * 5), ({("Table", "C1")}, []))
        self.assertIn("6 rows; 5 at the most", suppressions.read_suppressions(ROW * 6)[1][0])

    def test_a_row_without_a_reason_is_found(self):
        faults = suppressions.read_suppressions("- {check: C1, places: [Table]}")[1]
        self.assertIn("C1: no reason", faults[0])

    def test_an_excuse_holds_for_its_own_place_alone(self):
        findings = [("Table", "C1", "words"), ("Queue", "C1", "words")]
        self.assertEqual(list(suppressions.told(findings, {("Table", "C1")})), ["Queue: C1: words"])

    def test_an_excuse_that_nothing_needs_is_found(self):
        told = list(suppressions.told([], {("Table", "C1")}))
        self.assertEqual(told, ["Table: C1 finds nothing; take it out of suppressions.yaml"])


if __name__ == "__main__":
    unittest.main()
