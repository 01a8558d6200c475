"""The checks of executables find what Lambda could not run, and what is in one by mistake."""

import platform
import sys
import unittest
from pathlib import Path

import executable
from elftools.elf.elffile import ELFFile

OURS = b"\0shared/src/decide/guard.rs\0"


class Executables(unittest.TestCase):
    """Each check passes what is right, and says what is wrong."""

    def test_an_executable_of_the_other_architecture_is_found(self):
        self.assertEqual(list(executable.check_architecture("EM_AARCH64", "arm64")), [])
        faults = list(executable.check_architecture("EM_X86_64", "arm64"))
        self.assertEqual(faults, ["is for x86_64, not for arm64: build it again"])
        self.assertIn("EM_RISCV", next(executable.check_architecture("EM_RISCV", "arm64")))

    def test_a_newer_glibc_than_that_of_lambda_is_found(self):
        fitting = ["GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.34", "GCC_4.2.0"]
        self.assertEqual(list(executable.check_glibc(fitting)), [])
        faults = list(executable.check_glibc([*fitting, "GLIBC_2.35", "GLIBC_3.0"]))
        self.assertEqual([fault.split()[1] for fault in faults], ["GLIBC_2.35,", "GLIBC_3.0,"])

    def test_test_code_is_found_by_the_paths_of_its_sources(self):
        self.assertEqual(list(executable.check_test_code(OURS)), [])
        content = OURS + b"shared/src/testing/cloud/mod.rs\0shared/src/testing/builders.rs:12"
        self.assertEqual(
            list(executable.check_test_code(content)),
            [
                "has test code of shared/src/testing/builders.rs, shared/src/testing/cloud/mod.rs:"
                " build it without the feature testing"
            ],
        )

    def test_a_search_for_test_code_that_went_blind_is_found(self):
        self.assertIn("cannot be told", next(executable.check_test_code(b"no paths at all")))

    def test_a_folder_of_the_machine_is_found(self):
        folders = ["/home/build", "/home/build/.cargo"]
        self.assertEqual(list(executable.check_folders(b"/crates/h2/src/lib.rs", folders)), [])
        self.assertEqual(list(executable.check_folders(b"/home/builder/x", folders)), [])
        faults = list(executable.check_folders(b"\0/home/build/.cargo/registry/h2.rs", folders))
        self.assertEqual(len(faults), 2)

    def test_versions_are_read_out_of_a_real_executable(self):
        with Path(sys.executable).resolve().open("rb") as file:
            elf = ELFFile(file)
            machine = {"aarch64": "EM_AARCH64", "x86_64": "EM_X86_64"}[platform.machine()]
            self.assertEqual(elf["e_machine"], machine)
            self.assertIn("GLIBC_2", " ".join(executable.wanted_versions(elf)))


if __name__ == "__main__":
    unittest.main()
