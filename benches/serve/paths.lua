-- Asks the paths of a file in turn, each thread from a place of its own, and prints one line of a
-- Markdown table: name, connections, requests/s, p50, p99, longest (ms), share that was shed (%).
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  paths = {}
  for line in io.lines(arguments[1]) do
    table.insert(paths, line)
  end
  place = (number * 7919) % #paths
  shed, failed, good = 0, 0, 0
end

function request()
  place = place % #paths + 1
  return wrk.format("GET", paths[place])
end

function response(status)
  if status == 503 then
    shed = shed + 1
  elseif status >= 400 then
    failed = failed + 1
  else
    good = good + 1
  end
end

function done(summary, latency)
  local shed, failed, good = 0, 0, 0
  for _, thread in ipairs(threads) do
    shed = shed + thread:get("shed")
    failed = failed + thread:get("failed")
    good = good + thread:get("good")
  end
  local seconds = summary.duration / 1e6
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    "| %s | %s | %.0f | %.1f | %.1f | %.1f | %.1f |",
    os.getenv("NAME") or "", os.getenv("CONNECTIONS") or "",
    good / seconds, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, 100 * shed / math.max(1, shed + good)))
  if failed + lost > 0 then
    io.write(string.format(" %d failed, %d lost", failed, lost))
  end
  io.write("\n")
end
