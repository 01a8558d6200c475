"""Nothing is done without a yes, and every end says how it ended."""

import contextlib
import io
import unittest
from unittest import mock

from botocore.exceptions import ClientError, NoCredentialsError

import account

DENIED = ClientError(
    {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "DescribeStacks"
)


class Agreeing(unittest.TestCase):
    """The question, and who answers it."""

    def answer(self, words, at_keyboard=True):
        with (
            mock.patch.object(account.sys.stdin, "isatty", return_value=at_keyboard, create=True),
            mock.patch("builtins.input", return_value=words),
        ):
            return account.agreed("Deploy?", yes=False)

    def test_only_a_yes_is_one(self):
        for words, agreed in (
            ("yes", True),
            (" Y ", True),
            ("", False),
            ("no", False),
            ("s", False),
        ):
            with self.subTest(words):
                self.assertEqual(self.answer(words), agreed)

    def test_nobody_at_the_keyboard_is_told_how_to_say_it(self):
        with self.assertRaisesRegex(account.Refusal, "YES=1"):
            self.answer("yes", at_keyboard=False)

    def test_a_yes_given_beforehand_is_not_asked_for(self):
        self.assertTrue(account.agreed("Deploy?", yes=True))


class Ending(unittest.TestCase):
    """A command's exit status and its last words."""

    def end(self, error):
        """The exit status and the words of a command that ends by `error`."""
        said = io.StringIO()
        out = io.TextIOWrapper(io.BytesIO())
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(out):
            status = account.run(mock.Mock(side_effect=error))
        return status, said.getvalue()

    def test_each_error_is_one_line_that_says_whose_it_is(self):
        for error, words in (
            (account.Refusal("something is out"), "Not done: something is out"),
            (DENIED, "Not done: AWS refused DescribeStacks: AccessDenied: not authorized"),
            (NoCredentialsError(), "Not done: AWS could not be asked: Unable to locate"),
        ):
            with self.subTest(words):
                status, said = self.end(error)
                self.assertEqual(status, account.REFUSED)
                self.assertIn(words, said)

    def test_an_interruption_says_what_goes_on(self):
        status, said = self.end(KeyboardInterrupt())
        self.assertEqual(status, account.INTERRUPTED)
        self.assertIn("it goes on with", said)


if __name__ == "__main__":
    unittest.main()
