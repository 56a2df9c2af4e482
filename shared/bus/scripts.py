"""What must happen in Redis in one piece? Each is one Lua script, hence atomic within one primary."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

Argument = str | bytes | int


class Script:
    """A Lua script, sent once and then called by its hash."""

    def __init__(self, lua: str) -> None:
        """`lua` is the source."""
        self._lua = lua
        self._sha = hashlib.sha1(lua.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, redis: Redis, keys: Sequence[str], arguments: Sequence[Argument]) -> Any:  # noqa: ANN401 - whatever the script answers
        """Run it; sends the source when the server does not know it (yet, or since a restart)."""
        execute: Callable[..., Awaitable[Any]] = redis.execute_command
        try:
            return await execute("EVALSHA", self._sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await execute("EVAL", self._lua, len(keys), *keys, *arguments)


#: KEYS stream, retry set, open set · ARGV group, then for each entry:
#:   id, event id to close ('' when it was never retried), delay in ms ('' when it is done), number of outputs,
#:   with a delay: sealed event, first seen (ms), event id; for each output: stream, sealed event.
#: Answers 1 for each entry that was still ours to settle, else 0: then nothing followed from it.
SETTLE: Final = Script("""
local answers, i = {}, 2
while i <= #ARGV do
  local id, close, delay, outputs = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  i = i + 4
  local ours = redis.call('XACK', KEYS[1], ARGV[1], id)
  answers[#answers + 1] = ours
  if delay ~= '' then
    if ours == 1 then
      local time = redis.call('TIME')
      local due = time[1] * 1000 + math.floor(time[2] / 1000) + delay
      redis.call('ZADD', KEYS[2], due, ARGV[i])
      redis.call('ZADD', KEYS[3], 'NX', ARGV[i + 1], ARGV[i + 2])
    end
    i = i + 3
  elseif ours == 1 and close ~= '' then
    redis.call('ZREM', KEYS[3], close)
  end
  for _ = 1, outputs do
    if ours == 1 then redis.call('XADD', ARGV[i], '*', '__data__', ARGV[i + 1]) end
    i = i + 2
  end
end
return answers
""")

#: KEYS stream, retry set, stream, retry set … · puts due events back and answers {moved, waiting}.
RETURN_DUE: Final = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local moved, waiting = 0, 0
for i = 1, #KEYS, 2 do
  for _, sealed in ipairs(redis.call('ZRANGEBYSCORE', KEYS[i + 1], '-inf', now, 'LIMIT', 0, 64)) do
    redis.call('XADD', KEYS[i], '*', '__data__', sealed)
    redis.call('ZREM', KEYS[i + 1], sealed)
    moved = moved + 1
  end
  waiting = waiting + redis.call('ZCARD', KEYS[i + 1])
end
return {moved, waiting}
""")

#: KEYS stream · ARGV group, consumer, ids · renews the lease of what is still ours; answers how many are.
KEEP: Final = Script("""
local kept = 0
for i = 3, #ARGV do
  if #redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1, ARGV[2]) > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'JUSTID')
    kept = kept + 1
  end
end
return kept
""")

#: KEYS stream · ARGV group, consumer · what is ours may be claimed at once and was not delivered; then forget us.
RELEASE: Final = Script("""
local rows = redis.pcall('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2])
if rows.err then return 0 end
for _, row in ipairs(rows) do
  local count = math.max(row[4] - 1, 0)
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, row[1], 'IDLE', 86400000, 'RETRYCOUNT', count, 'JUSTID')
end
if #rows == 0 then redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) end
return #rows
""")

#: KEYS stream · ARGV group, own name, idle ms · removes names that are idle and hold nothing.
FORGET_CONSUMERS: Final = Script("""
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then return 0 end
local gone = 0
for _, fields in ipairs(consumers) do
  local consumer = {}
  for i = 1, #fields, 2 do consumer[fields[i]] = fields[i + 1] end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[3]) and consumer.name ~= ARGV[2] then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    gone = gone + 1
  end
end
return gone
""")

#: KEYS stream · ARGV every group that must have read an entry before it goes · answers how many entries went.
TRIM: Final = Script("""
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if groups.err then return 0 end
local known = {}
for _, fields in ipairs(groups) do
  local group = {}
  for i = 1, #fields, 2 do group[fields[i]] = fields[i + 1] end
  known[group.name] = group
end
local function parts(id)
  local ms, n = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(n)
end
local least_ms, least_n
for i = 1, #ARGV do
  local group = known[ARGV[i]]
  if not group then return 0 end
  local ms, n = parts(group['last-delivered-id'])
  n = n + 1
  if group.pending > 0 then ms, n = parts(redis.call('XPENDING', KEYS[1], ARGV[i])[2]) end
  if not least_ms or ms < least_ms or (ms == least_ms and n < least_n) then least_ms, least_n = ms, n end
end
return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-%.0f', least_ms, least_n))
""")

#: KEYS stream, open set · ARGV group, time (ms) · 1 when the group has settled every entry older than the time.
PASSED: Final = Script("""
if #redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[2], 'LIMIT', 0, 1) > 0 then return 0 end
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if groups.err then return 0 end
for _, fields in ipairs(groups) do
  local group = {}
  for i = 1, #fields, 2 do group[fields[i]] = fields[i + 1] end
  if group.name == ARGV[1] then
    if group.pending > 0 then
      local oldest = redis.call('XPENDING', KEYS[1], ARGV[1])[2]
      if tonumber(string.match(oldest, '^%d+')) < tonumber(ARGV[2]) then return 0 end
    end
    local unread = redis.call('XRANGE', KEYS[1], '(' .. group['last-delivered-id'], '(' .. ARGV[2] .. '-0', 'COUNT', 1)
    return #unread == 0 and 1 or 0
  end
end
return 0
""")

#: KEYS key · ARGV new value, the one that it replaces ('' for none) · 1 when it was replaced.
REPLACE: Final = Script("""
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
""")

#: KEYS lock · ARGV owner · lets a lock go that is still ours.
UNLOCK: Final = Script("""
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
""")
