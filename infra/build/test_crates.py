"""What cargo says of a function's crates is read whole, and test code among them is found."""

import unittest

from crates import check_features, checksums, crates_of

TREE = """\
0router v0.1.0 (/checkout/functions/router)\t\tApache-2.0\t
1shared v0.1.0 (/checkout/shared)\taws,aws-sqs,default\tApache-2.0\t
2aws-sdk-sqs v1.119.0\trt-tokio\tApache-2.0\thttps://example.org/sdk
3bytes v1.12.1\tdefault,std\tMIT\thttps://example.org/bytes
2bytes v1.12.1\tdefault,std\tMIT\thttps://example.org/bytes
1aws-sdk-sqs v1.119.0\trt-tokio\tApache-2.0\thttps://example.org/sdk (*)
"""


class Crates(unittest.TestCase):
    """The crates of a tree."""

    def test_each_crate_is_read_once_with_what_it_calls(self):
        router, shared, sdk, octets = crates_of(TREE)
        self.assertEqual(router.calls, {shared.key, sdk.key})
        self.assertEqual(shared.calls, {sdk.key, octets.key})
        self.assertEqual(sdk.calls, {("bytes", "1.12.1")})
        self.assertEqual(octets.calls, set())
        self.assertEqual([shared.ours, sdk.ours], [True, False])
        self.assertEqual(sdk.repository, "https://example.org/sdk")
        self.assertEqual(shared.features, {"aws", "aws-sqs", "default"})

    def test_a_line_of_another_shape_is_refused_and_not_skipped(self):
        with self.assertRaisesRegex(ValueError, "cannot read: 'bytes 1.12.1'"):
            crates_of("bytes 1.12.1")

    def test_only_crates_of_a_registry_have_a_checksum(self):
        lockfile = """
            [[package]]
            name = "router"
            version = "0.1.0"
            [[package]]
            name = "bytes"
            version = "1.12.1"
            checksum = "00ff"
        """
        self.assertEqual(checksums(lockfile), {("bytes", "1.12.1"): "00ff"})

    def test_test_code_that_is_linked_is_found(self):
        self.assertEqual(check_features(crates_of(TREE)), [])
        faults = check_features(crates_of(TREE.replace("default\tApache", "testing\tApache")))
        self.assertEqual(
            faults,
            ["shared is linked with the feature testing: build the function by its package alone"],
        )


if __name__ == "__main__":
    unittest.main()
