"""Nothing of the machine reaches the compilers that would change what they make."""

import unittest

from compilation import environment

CLEAN = {"HOME": "/home/build", "PATH": "/usr/bin"}


class Environments(unittest.TestCase):
    """What a build inherits, and what it is told."""

    def test_what_would_change_the_bytes_is_not_passed_on(self):
        others = {
            "RUSTFLAGS": "-C debuginfo=2",
            "CFLAGS": "-O0",
            "CARGO_PROFILE_SHIPPED_LTO": "off",
            "CARGO_TARGET_DIR": "/somewhere",
        }
        self.assertEqual(environment(CLEAN | others, {}), environment(CLEAN, {}))
        self.assertEqual(environment(CLEAN, {})["HOME"], "/home/build")

    def test_a_folder_within_another_is_replaced_by_its_own_name(self):
        replaced = {"/a b/registry/src/x": "/crates", "/a b": "/cargo"}
        flags = environment(CLEAN, replaced)["CARGO_ENCODED_RUSTFLAGS"].split("\x1f")
        # rustc takes the last that fits.
        self.assertEqual(
            flags,
            ["--remap-path-prefix=/a b=/cargo", "--remap-path-prefix=/a b/registry/src/x=/crates"],
        )


if __name__ == "__main__":
    unittest.main()
