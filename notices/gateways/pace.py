"""The pace of a gateway, shared by all workers: a token bucket in Redis.

Honest when Redis is emptied: a bucket that is not there starts empty, so losing it never grants a second burst.
Without any Redis each of the workers a gateway may have keeps to its share by its own clock.
"""

import time
from collections.abc import Callable

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

#: A bucket holds this many seconds' worth of tokens, one at least: what may go at once after a pause.
DEPTH = 0.25
# Redis' own clock: workers on several machines agree on it. KEYS[1]: bucket; ARGV: rate, depth, wanted.
_TAKE = """
local now = redis.call('TIME')
local at = now[1] + now[2] / 1000000
local known = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(known[1]) or 0
local since = tonumber(known[2]) or at
local full = math.max(1, ARGV[1] * ARGV[2])
tokens = math.min(full, tokens + math.max(0, at - since) * ARGV[1])
local granted = math.max(0, math.min(math.floor(tokens + 0.000001), tonumber(ARGV[3])))
tokens = tokens - granted
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', string.format('%.6f', at))
redis.call('EXPIRE', KEYS[1], 60)
return {granted, tostring((1 - tokens) / ARGV[1])}
"""


class Pace:
    """How many messages one worker may send now through one gateway. `shares`: workers it may have at most."""

    def __init__(self, gateway_id: int, rate: int, shares: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._key = f"toinha:pace:{gateway_id}"
        self._shares = shares
        self._clock = clock
        self._tokens, self._at = 0.0, clock()
        self._redis = Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._script = self._redis.register_script(_TAKE)
        self._no_redis_until = 0.0

    def take(self, wanted: int) -> tuple[int, float]:
        """(messages granted, 0 to `wanted`; seconds until one more would be). Without a rate all are granted."""
        if not self.rate or wanted <= 0:
            return max(0, wanted), 0.0
        if self._clock() >= self._no_redis_until:
            try:
                granted, wait = self._script(keys=[self._key], args=[self.rate, DEPTH, wanted])
                return int(granted), max(0.0, float(wait))
            except RedisError:
                self._no_redis_until = self._clock() + 5
        return self._take_alone(wanted)

    def give_back(self, unused: int) -> None:
        """Tokens for which there was no message."""
        if not self.rate or unused <= 0:
            return
        if self._clock() < self._no_redis_until:
            self._tokens += unused
            return
        try:
            if self._redis.exists(self._key):
                self._redis.hincrbyfloat(self._key, "tokens", unused)
        except RedisError:
            pass  # tokens lost are messages later, never too many

    def close(self) -> None:
        """Close the connection."""
        self._redis.close()

    def _take_alone(self, wanted: int) -> tuple[int, float]:
        now, share = self._clock(), self.rate / self._shares  # the rate may be changed while we run
        full = max(1.0, share * DEPTH)
        self._tokens = min(full, self._tokens + (now - self._at) * share)
        self._at = now
        granted = min(int(self._tokens), wanted)
        self._tokens -= granted
        return granted, max(0.0, (1 - self._tokens) / share)
