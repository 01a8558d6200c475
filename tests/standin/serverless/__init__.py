"""The serverless side of the stand-in: ministack, the deployed template, the gate, the sweep.

It keeps no AWS behaviour of its own beyond time: what ministack would do on real time (delayed
messages, schedules) is done here on the stand-in's clock.
"""
