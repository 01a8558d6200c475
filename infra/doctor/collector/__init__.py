"""Asks AWS what no function of Reberth ever asks, hands it to the doctor, and shows its page.

* `fleet`: hooks, policies and event windows, beyond what the functions read.
* `trials`: what the caller may, by calls that AWS is told not to carry out.
* `stack`: the deployed stack: rules, schedule, functions, topic.
* `role`: whether the reconciler's role is denied what its policies allow.
* `asking`: how a call that is not answered becomes part of the answer.

Nothing here changes anything. `trials` owns the only client that could, and sets `DryRun` in one
place for everything that this client sends. The look itself, and all judgement, is the Rust beside
this folder.
"""
