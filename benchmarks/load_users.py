"""Users of ``load.py`` for locust: each sends a post at a fixed interval, and every response is recorded."""

import csv
import itertools
import random
import time
from pathlib import Path

import gevent
from load import mixed_posts, request_of
from locust import FastHttpUser, events, task

REQUESTS = []  # kind of post, content type and body, in the order of sending
ANSWERS = []


@events.init_command_line_parser.add_listener
def add_options(parser, **_):
    parser.add_argument("--corpus", type=Path, help="Folder of MVSA-Single.")
    parser.add_argument("--posts", type=int, default=300, help="Posts to send, repeatedly.")
    parser.add_argument("--pace", type=float, default=0, help="Seconds from a user's request to its next; 0: at once.")
    parser.add_argument("--answers", type=Path, help="CSV file for the answers.")


@events.test_start.add_listener
def prepare(environment, **_):
    options = environment.parsed_options
    posts = mixed_posts(options.corpus, options.posts)
    REQUESTS.extend((kind, *request_of(text, image)) for kind, text, image in posts)


@events.request.add_listener
def note(start_time, response_time, response, context, exception, **_):
    status = getattr(response, "status_code", 0) or 0
    retry = (getattr(response, "headers", None) or {}).get("Retry-After", "")
    error = "" if status else f"{type(exception).__name__}: {exception}"
    ANSWERS.append((f"{start_time:.6f}", context["kind"], f"{response_time / 1000:.6f}", status, retry, error))


@events.quitting.add_listener
def write(environment, **_):
    environment.process_exit_code = 0  # responses of 503 are expected
    with environment.parsed_options.answers.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("sent", "kind", "seconds", "status", "retry_after", "error"), *ANSWERS])


class Poster(FastHttpUser):
    numbers = itertools.count()

    def on_start(self):
        self.pace = self.environment.parsed_options.pace
        self.due = time.monotonic() + self.pace * random.random()  # otherwise all would send at the same times

    @task
    def post(self):
        gevent.sleep(max(0, self.due - time.monotonic()))
        # The interval starts when this one was due, not at its response: a slow service does not get fewer requests.
        self.due = max(self.due + self.pace, time.monotonic() - self.pace)
        kind, content_type, body = REQUESTS[next(self.numbers) % len(REQUESTS)]
        self.client.post("/v1/predict", data=body, headers={"Content-Type": content_type}, context={"kind": kind})
