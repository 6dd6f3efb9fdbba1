"""Wake-ups: few, harmless to lose, and naming no code."""

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app import jobs
from core.config import get_settings
from tests.ground.valkey import Valkey


def test_many_kicks_are_one_pending_wake_up(valkey: Valkey) -> None:
    for _ in range(20):
        jobs.kick("delivery")
    assert valkey.client().llen(jobs.WAKE) == 1


def test_where_there_is_no_valkey_nobody_is_woken_and_nothing_fails(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REDIS_URL")
    get_settings.cache_clear()
    jobs.kick("delivery")
    assert valkey.client().llen(jobs.WAKE) == 0


def test_different_work_is_woken_for_apart(valkey: Valkey) -> None:
    jobs.kick("delivery")
    jobs.kick("arrivals")
    assert valkey.client().lrange(jobs.WAKE, 0, -1) == [b"delivery"]
    assert valkey.client().lrange(jobs.WAKE_INSIDE, 0, -1) == [b"arrivals"]


def test_one_of_several_horses_stays_with_what_calls_nobody_outside(valkey: Valkey) -> None:
    client = valkey.client()
    client.zadd(jobs.HORSE_KEY, {"first": 1})
    assert jobs.places_for(client, "first") == [jobs.WAKE_INSIDE, jobs.WAKE]
    client.zadd(jobs.HORSE_KEY, {"second": 1})
    assert jobs.places_for(client, "first") == [jobs.WAKE_INSIDE]
    assert jobs.places_for(client, "second") == [jobs.WAKE_INSIDE, jobs.WAKE]


def test_no_more_horses_are_asked_for_than_there_may_be(valkey: Valkey) -> None:
    for number in range(20):
        jobs.kick("delivery" if number % 2 else "arrivals")
    assert valkey.client().llen("rq:queue:drain") == jobs.HORSES


def test_a_kick_without_valkey_costs_little_and_raises_nothing(valkey: Valkey) -> None:
    valkey.stop()
    try:
        jobs.kick("delivery")
    finally:
        valkey.start()


@pytest.mark.parametrize("place", ["os.system", "app.jobs.kick", "subprocess.call"])
def test_a_job_in_valkey_that_names_other_code_is_refused(valkey: Valkey, place: str) -> None:
    planted = Queue(jobs.QUEUE, connection=valkey.client(), serializer=JSONSerializer).enqueue(place, "true")
    job = jobs.AllowedJob.fetch(planted.id, connection=_client(valkey), serializer=JSONSerializer)
    with pytest.raises(PermissionError):
        job.perform()


def test_our_own_job_with_arguments_is_refused_too(valkey: Valkey) -> None:
    planted = Queue(jobs.QUEUE, connection=valkey.client(), serializer=JSONSerializer).enqueue(
        jobs.DRAIN, "more"
    )
    job = jobs.AllowedJob.fetch(planted.id, connection=_client(valkey), serializer=JSONSerializer)
    with pytest.raises(PermissionError):
        _ = job.func


def _client(valkey: Valkey) -> Redis:
    return valkey.client()
