"""A stand-in of AWS for Reberth's demo and tests: no account, no network, no containers.

`fleet` plays EC2, Auto Scaling and load balancing on one clock; `serverless` runs the deployed
functions; `player` plays scenarios on both.
"""
