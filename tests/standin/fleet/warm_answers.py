"""Auto Scaling's DescribeWarmPool."""

from __future__ import annotations

from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

from .group_answers import describe_member, find_group, page_of
from .seams import replaces

_RECORDS_MAX = 50


@replaces(AutoScalingResponse)
def describe_warm_pool(self: AutoScalingResponse) -> ActionResult:
    """The members that wait in a group's pool; DescribeAutoScalingGroups does not list them."""
    group = find_group(self)
    warm = self.world.engine.book(group).warm
    shown, token = page_of(self, warm, _RECORDS_MAX, _RECORDS_MAX)
    return ActionResult(
        {
            "WarmPoolConfiguration": group.warm_pool,
            "Instances": [describe_member(member) for member in shown],
            "NextToken": token,
        }
    )
