"""The list of ingredients is CycloneDX, complete, and the same every time."""

import json
import unittest

import sbom
from crates import crates_of
from test_crates import TREE

CHECKSUM = "0b5a71a6f37880a80d1d7f19efd781e4b5de42c88f0722cc13bcb6cc2cfe8476"
RUSTC = "rustc 1.95.0 (59807616e 2026-04-14)"


def listed(tree=TREE):
    """The list of a function with this tree."""
    return sbom.listed(crates_of(tree), {("bytes", "1.12.1"): CHECKSUM}, RUSTC)


class Lists(unittest.TestCase):
    """What stands in a list; that it keeps to CycloneDX is checked wherever one is made."""

    def test_it_names_what_is_linked_with_version_licence_and_checksum(self):
        found = json.loads(listed())
        self.assertEqual(found["metadata"]["component"]["name"], "router")
        parts = {part["name"]: part for part in found["components"]}
        self.assertEqual(parts.keys(), {"shared", "aws-sdk-sqs", "bytes", "std"})
        self.assertEqual(parts["bytes"]["purl"], "pkg:cargo/bytes@1.12.1")
        self.assertEqual(parts["bytes"]["licenses"], [{"expression": "MIT"}])
        self.assertEqual(parts["bytes"]["hashes"], [{"alg": "SHA-256", "content": CHECKSUM}])
        self.assertEqual(parts["std"]["version"], "1.95.0")
        # A crate of ours is in no registry, where another of its name may lie.
        self.assertNotIn("purl", parts["shared"])

    def test_it_tells_what_calls_what(self):
        calls = {one["ref"]: one.get("dependsOn") for one in json.loads(listed())["dependencies"]}
        self.assertEqual(
            calls["pkg:cargo/shared@0.1.0"],
            ["pkg:cargo/aws-sdk-sqs@1.119.0", "pkg:cargo/bytes@1.12.1", "rust-std@1.95.0"],
        )

    def test_the_same_crates_give_the_same_bytes_and_others_another_serial_number(self):
        self.assertEqual(listed(), listed())
        other = listed(TREE.replace("1.12.1", "1.12.2"))
        self.assertNotEqual(serial_number(listed()), serial_number(other))
        self.assertNotIn("timestamp", listed())

    def test_older_licences_are_put_in_words_of_spdx(self):
        self.assertEqual(sbom.expression("Apache-2.0/MIT"), "Apache-2.0 OR MIT")
        self.assertEqual(sbom.expression("Apache-2.0 / MIT"), "Apache-2.0 OR MIT")


def serial_number(text):
    """The serial number that a list gives itself."""
    return json.loads(text)["serialNumber"]


if __name__ == "__main__":
    unittest.main()
