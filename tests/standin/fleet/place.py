"""The one account and region the stand-in plays, and the names AWS gives to things there."""

from __future__ import annotations

import hashlib

ACCOUNT = "123456789012"
REGION = "us-west-2"


def zone(letter: str) -> str:
    """`a` -> `us-west-2a`; a full zone name is returned as it is."""
    return letter if letter.startswith(REGION) else REGION + letter


def instance_arn(instance_id: str) -> str:
    """The ARN under which EC2 and Auto Scaling events name an instance."""
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/{instance_id}"


def kms_key_arn(seed: str) -> str:
    """The ARN of a customer-managed key, the same for the same seed in every run."""
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{uuid_from(seed)}"


def resource_id(prefix: str, seed: str) -> str:
    """An id of AWS's long form, 17 hex digits, the same for the same seed in every run."""
    return f"{prefix}-0{hashlib.sha256(seed.encode()).hexdigest()[:16]}"


def uuid_from(seed: str) -> str:
    """A version-4-shaped UUID, the same for the same seed in every run."""
    digits = hashlib.sha256(seed.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
