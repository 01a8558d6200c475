"""boto3 clients of the stand-in: its account, its region, its addresses, and nothing of yours."""

import boto3
from botocore.config import Config

ACCOUNT = "123456789012"
REGION = "us-west-2"

# What the tester sends without an SDK carries, so that it is known whose it is. Not a signature:
# the stand-in checks none.
TESTER = (
    f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20261201/{REGION}/sqs/aws4_request, "
    "SignedHeaders=host, Signature=none"
)

# One attempt and no second guess: a stand-in that fails has to be seen failing.
_CONFIG = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=150)


def client(service: str, url: str):
    """A boto3 client of `service` that speaks to `url` only."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        # ministack takes a key of twelve digits for the account.
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="stand-in",
        config=_CONFIG,
    )
