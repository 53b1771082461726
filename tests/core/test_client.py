"""The host's side of a run: events, failure, cancel, a child that dies, a Python that is not there."""

import sys
import threading
import time

from lipwright import client


def script(body: str) -> list[str]:
    return [
        sys.executable,
        "-c",
        "import json, sys, time\ndef say(**e): print(json.dumps(e), file=sys.stderr, flush=True)\n" + body,
    ]


def finish(job: client.Job) -> client.Result:
    while not job.finished:
        job.poll(0.05)
    job.close()
    return job.result()


def test_events_arrive_in_order_and_success_has_no_message() -> None:
    job = client.Job([], argv=script("for i in range(50): say(type='progress', value=i / 49)"))
    result = finish(job)
    assert result.ok and result.code == 0 and result.message == ""
    assert [e["value"] for e in result.events] == [i / 49 for i in range(50)]


def test_a_failure_event_becomes_the_message() -> None:
    result = finish(
        client.Job([], argv=script("say(type='failure', error='MediaError', reason='no sound'); sys.exit(2)"))
    )
    assert not result.ok and result.code == 2 and result.message == "no sound"


def test_a_crash_without_words_is_reported_with_its_last_line() -> None:
    result = finish(client.Job([], argv=script("print('Segmentation fault', file=sys.stderr); sys.exit(139)")))
    assert not result.ok and "139" in result.message and "Segmentation fault" in result.message


def test_noise_on_stderr_is_log_not_event() -> None:
    result = finish(client.Job([], argv=script("print('{not json', file=sys.stderr); print('[1]', file=sys.stderr)")))
    assert result.ok and result.events == [] and "{not json" in result.log


def test_cancel_ends_the_child_quickly() -> None:
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    started = time.monotonic()
    job = client.Job([], argv=script("say(type='progress', value=0.0); time.sleep(60)"))
    while not job.finished:
        job.poll(0.05)
        if cancel.is_set():
            job.cancel()
    job.close()
    result = job.result()
    assert not result.ok and "cancelled" in result.message
    assert time.monotonic() - started < 20


def test_a_python_that_is_missing_is_one_sentence() -> None:
    result = client.run(["perform"], python=["/no/such/python"])
    assert not result.ok and "doctor" in result.message


def test_the_command_asks_for_json_events() -> None:
    assert client.command(["doctor"], ["py", "-I"]) == [
        "py",
        "-I",
        "-m",
        "lipwright",
        "doctor",
        "--events",
        "json",
    ]


def test_a_run_of_the_real_front_end_reports_its_result() -> None:
    result = client.run(["doctor"], timeout_s=120)
    assert result.ok and result.events[-1]["type"] == "result"
