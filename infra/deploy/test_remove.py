"""A stack is removed only when nothing hangs on it."""

import unittest
from types import SimpleNamespace

import remove
from account import Refusal
from ledger import Incident, Open

KEY = "i-0440699ab9b888747/instance-event-026956c11b4d0fbcd"


def incident(phase):
    return Incident(KEY, "web-a1", "web", phase)


class Refusing(unittest.TestCase):
    """Each thing that stands in the way, alone."""

    def refuse(self, *incidents, marked=(), thrown=False, mode="observe", forget=False):
        """Why the removal is refused; None where it is not."""
        stack = SimpleNamespace(
            parameters={"MaximumMode": mode, "KillSwitch": "off"},
            outputs={"LedgerTable": "reberth-LedgerTable-1ABCDEFGHIJKL"},
            account=SimpleNamespace(region="eu-west-1"),
        )
        try:
            remove.refuse(stack, Open(incidents, marked, thrown), forget)
        except Refusal as refusal:
            return str(refusal)
        return None

    def test_with_nothing_open_it_goes(self):
        self.assertIsNone(self.refuse())

    def test_what_is_out_is_named_and_cannot_be_forgotten(self):
        for phase in ("intended", "replacing", "leaving", "moving", "returning", "unheard-of"):
            for forget in (False, True):
                with self.subTest(phase, forget=forget):
                    why = self.refuse(incident(phase), forget=forget)
                    self.assertIn("web-a1 (i-0440699ab9b888747) of group web", why)
                    self.assertIn('"out":0', why)

    def test_what_is_open_and_not_out_goes_only_when_it_is_forgotten(self):
        for phase in ("seen", "serving", "back", "rescheduling"):
            with self.subTest(phase):
                self.assertIn("FORGET=1", self.refuse(incident(phase)))
                self.assertIsNone(self.refuse(incident(phase), forget=True))

    def test_a_mark_is_named_and_cannot_be_forgotten(self):
        for forget in (False, True):
            why = self.refuse(marked=("i-0440699ab9b888747", "cr-1"), forget=forget)
            self.assertIn("i-0440699ab9b888747, cr-1 carry", why)

    def test_acts_must_not_begin_while_it_is_removed(self):
        for mode in ("approve", "enforce"):
            with self.subTest(mode):
                why = self.refuse(mode=mode)
                self.assertIn('{"S":"switch"},"stopped":{"BOOL":true}', why)
                self.assertIn("--region eu-west-1 --table-name reberth-LedgerTable-1A", why)
                self.assertIsNone(self.refuse(mode=mode, thrown=True))


if __name__ == "__main__":
    unittest.main()
