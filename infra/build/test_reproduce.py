"""Two builds are the same only if both made every package, and of the same bytes."""

import contextlib
import io
import unittest

from reproduce import compared


class Comparisons(unittest.TestCase):
    """What counts as a difference."""

    def differing(self, first, second):
        """The names that are found to differ."""
        with contextlib.redirect_stdout(io.StringIO()):
            return compared(first, second)

    def test_the_same_bytes_are_no_difference(self):
        self.assertEqual(self.differing({"a.zip": "00"}, {"a.zip": "00"}), [])

    def test_other_bytes_and_a_missing_package_are(self):
        first, second = {"a.zip": "00", "b.zip": "11"}, {"a.zip": "01", "c.zip": "22"}
        self.assertEqual(self.differing(first, second), ["a.zip", "b.zip", "c.zip"])

    def test_two_builds_that_made_nothing_are_not_the_same(self):
        self.assertEqual(self.differing({}, {}), ["no package at all"])


if __name__ == "__main__":
    unittest.main()
