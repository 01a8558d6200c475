"""The fleet half of the AWS stand-in: EC2, Auto Scaling, ELBv2 and SSM on one virtual clock.

It is moto's server, with our own answers where the product depends on how AWS behaves over time.

* `world` holds everything and knows nothing of HTTP; `server` is the only door.
* `machines`, `scheduled` and `targets` are how EC2 and load balancers behave; `engine`,
  `launches`, `standby`, `hooks` and `rebalancing` are how Auto Scaling does; `behaviour` is how
  long all that takes.
* `*_answers` and `ec2_status` say it in AWS's words; `seams` puts them in the place of moto's.
* `control*` is what a scenario may ask for (`{"do": "commands"}` lists it); `building` and
  `notices` carry out the larger wishes.
* `truth` is what really happened, for a test to judge by.
* `faults`, `calls` and `bus`: throttling and stale reads, the call log, events on their way.

A scenario moves the clock; everything else follows. To run the tests of all this:
`python -m unittest discover -s tests/standin/fleet -t tests`

One process is one account in one region: moto keeps its state in module globals.
"""
