"""The pace of a gateway over all workers, with a real Redis; and what an emptied or missing one grants."""

import time

import pytest
from redis import Redis

from notices.gateways.pace import DEPTH, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def redis(settings):
    client = Redis.from_url(settings.REDIS_URL)
    for key in client.scan_iter("toinha:pace:*"):
        client.delete(key)
    yield client
    client.close()


def taken(paces: list[Pace], seconds: float) -> int:
    """Messages that workers who never rest are granted in so long."""
    until, granted = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        granted += sum(pace.take(100)[0] for pace in paces)
    return granted


def test_without_a_rate_everything_is_granted_and_redis_is_not_asked(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    pace = Pace(1, 0, 2)
    assert pace.take(100) == (100, 0.0)
    assert pace.take(0) == (0, 0.0)
    pace.give_back(50)


def test_a_bucket_that_is_not_there_starts_empty(redis):
    pace = Pace(7001, 10, 2)
    granted, wait = pace.take(100)
    assert granted == 0
    assert 0 < wait <= 0.11


def test_workers_together_stay_below_the_rate(redis):
    paces = [Pace(7002, 200, 2) for _ in range(3)]
    started = time.monotonic()
    granted = taken(paces, 0.5)
    most = 200 * (time.monotonic() - started) + 1
    assert 0 < granted <= most


def test_an_emptied_redis_grants_no_second_burst(redis):
    pace = Pace(7003, 400, 2)
    started = time.monotonic()
    granted = 0
    for _ in range(20):
        granted += taken([pace], 0.02)
        redis.flushall()
    assert granted <= 400 * (time.monotonic() - started) + 1


def test_after_a_pause_no_more_than_the_depth_goes_at_once(redis):
    pace = Pace(7004, 40, 2)
    pace.take(1)
    seconds, _ = redis.time()
    redis.hset("toinha:pace:7004", mapping={"tokens": 0, "at": seconds - 60})  # nothing was sent for a minute
    assert pace.take(100)[0] == int(40 * DEPTH)


def test_what_was_not_used_comes_back(redis):
    pace = Pace(7005, 4, 2)
    redis.hset("toinha:pace:7005", mapping={"tokens": 1, "at": redis.time()[0] + 3600})  # no time passes
    assert pace.take(100)[0] == 1
    assert pace.take(100)[0] == 0
    pace.give_back(1)
    assert pace.take(100)[0] == 1


def test_without_redis_each_worker_keeps_to_its_share(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    clock = Clock()
    pace = Pace(7006, 10, 2, clock=clock)  # five a second are this worker's
    assert pace.take(100) == (0, 0.2)
    granted = []
    for _ in range(10):
        clock.now += 0.2
        granted.append(pace.take(100)[0])
        pace.give_back(0)
    assert granted == [1] * 10


def test_redis_is_asked_again_when_it_is_back(settings, redis):
    at, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    clock = Clock()
    pace = Pace(7007, 10, 2, clock=clock)
    pace.take(1)
    back = Pace(7007, 10, 2, clock=clock)
    settings.REDIS_URL = at
    pace._redis, pace._script = (shared := Pace(7007, 10, 2))._redis, shared._script
    clock.now += 4
    pace.take(1)
    assert not redis.exists("toinha:pace:7007")
    clock.now += 2
    pace.take(1)
    assert redis.exists("toinha:pace:7007")
    back.close()


def test_a_rate_given_while_redis_is_away_is_kept_at_once(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    clock = Clock()
    pace = Pace(7008, 0, 2, clock=clock)
    assert pace.take(100) == (100, 0.0)
    pace.rate = 10
    assert pace.take(100) == (0, 0.2)
    clock.now += 0.2
    assert pace.take(100)[0] == 1
