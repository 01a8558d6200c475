"""The fleet half of the AWS stand-in: EC2, Auto Scaling, ELBv2 and SSM on one virtual clock.

It is moto's server, with our own answers where the product depends on how AWS behaves over time.

* `world` holds everything and knows nothing of HTTP; `server` is the only door.
* `machines`, `scheduled`, `engine`, `standby`, `hooks` and `targets` are how AWS behaves.
* `ec2_answers`, `autoscaling_answers` and `elbv2_answers` say it in AWS's words.
* `control` is what a scenario may ask for; `truth` is what really happened, for a test to judge by.
* `faults`, `calls` and `bus` are throttling and stale reads, the call log, and events on their way.

One process is one account in one region: moto keeps its state in module globals.
"""
