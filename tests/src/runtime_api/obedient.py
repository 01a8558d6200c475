#!/usr/bin/env python3
"""A function that does what its event says, for the tests of the host that runs it."""

import http.client
import json
import os
import signal
import sys

API = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
PATH = "/2018-06-01/runtime/"


def post(path, body, **how):
    API.request("POST", PATH + path, body, **how)
    API.getresponse().read()


def environment(event, context):
    return dict(os.environ)


def headers(event, context):
    return context


def pid(event, context):
    return os.getpid()


def say(event, context):
    for line in event["lines"]:
        print(line, flush=True)
    return len(event["lines"])


def unfinished(event, context):
    sys.stdout.write("one\nhalf a l")
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGKILL)


def leave(event, context):
    print("leaving", flush=True)
    sys.exit("with words on standard error" if event["code"] == 1 else event["code"])


def fail(event, context):
    raise ValueError("refused")


def call(event, context):
    authority = event["url"].removeprefix("http://")
    endpoint = http.client.HTTPConnection(authority)
    for action in event["actions"]:
        endpoint.request("POST", "/", "Action=" + action)
        endpoint.getresponse().read()
    return len(event["actions"])


def wait(event, context):
    signal.pause()


def main():
    if os.environ.get("START") == "refused":
        post("init/error", '{"errorType":"StartRefused"}')
        sys.exit(1)
    while True:
        API.request("GET", PATH + "invocation/next")
        answer = API.getresponse()
        event, context = json.load(answer), dict(answer.getheaders())
        request_id = context["Lambda-Runtime-Aws-Request-Id"]
        try:
            body = json.dumps(globals()[event["do"]](event, context)).encode()
        except ValueError as error:
            problem = {"errorType": "ValueError", "errorMessage": str(error)}
            post(f"invocation/{request_id}/error", json.dumps(problem))
            continue
        halves = iter([body[:2], body[2:]] if len(body) > 2 else [body])
        post(f"invocation/{request_id}/response", halves, encode_chunked=True)
        if event.get("then") == "leave":
            sys.exit(0)


main()
