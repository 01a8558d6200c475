"""The fleet half of the AWS stand-in: EC2, Auto Scaling, load balancing, alarms and Run Command on
one virtual clock.

It is moto's server, with our own answers where the product depends on how AWS behaves over time.

* `world` holds everything and knows nothing of HTTP; `server` is the only door.
* `machines`, `scheduled`, `capacity` and `targets` are how EC2 and load balancers behave; `engine`,
  `launches`, `standby`, `hooks`, `rebalancing` and `warm_pools` are how Auto Scaling does; `alarms`
  and `commands` are CloudWatch and Systems Manager; `behaviour` is how long all that takes.
* `*_answers` and `ec2_status` say it in AWS's words; `seams` puts them in the place of moto's;
  `dialects` and `cbor` are how requests and errors are written.
* `control*` is what a scenario may ask for (`{"do": "commands"}` lists it); `building` and
  `notices` carry out the larger wishes.
* `truth` is what really happened, for a test to judge by: `lives` knows who served when, `outcomes`
  what became of each event, `leftovers` what nobody has closed.
* `faults`, `calls` and `bus`: throttling and stale reads, the call log, events on their way.

A scenario moves the clock; everything else follows. To run the tests of all this:
`python -m unittest discover -s tests/standin/fleet -t tests`

One process is one account in one region: moto keeps its state in module globals.
"""
