-- Bodies of papers whose topics are followed, by a text that the program makes of a selection.
CREATE TABLE topic_scopes (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    -- 48 bits of BLAKE3 over the other columns, as all seals below that are numbers.
    seal INTEGER NOT NULL
) STRICT;

-- The numbers that the next topic and the next run get; absent until the first run.
CREATE TABLE topic_counters (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    next_topic INTEGER NOT NULL CHECK (next_topic > 0),
    next_run INTEGER NOT NULL CHECK (next_run > 0),
    -- A lower counter would give ids twice.
    seal INTEGER NOT NULL
) STRICT;

-- Runs of the clustering whose results are kept, newest of each scope; what a run found stands in
-- `topic_parts`.
CREATE TABLE topic_runs (
    number INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES topic_scopes (number),
    at INTEGER NOT NULL,
    -- Fingerprint of the encoder, 64 hexadecimal digits.
    encoder TEXT NOT NULL,
    -- JSON of everything that was asked for.
    settings TEXT NOT NULL,
    -- Hash of what was clustered.
    input BLOB NOT NULL CHECK (length(input) = 32),
    papers INTEGER NOT NULL CHECK (papers >= 0),
    topics INTEGER NOT NULL CHECK (topics >= 0),
    events INTEGER NOT NULL CHECK (events >= 0),
    -- 128 bits of BLAKE3 over the other columns, the scope by its text.
    seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;
CREATE INDEX topic_runs_by_scope ON topic_runs (scope, number);

-- What a run found, in parts that fit one value.
CREATE TABLE topic_parts (
    run INTEGER NOT NULL REFERENCES topic_runs (number) ON DELETE CASCADE,
    -- 1 topics, 2 members, 3 events.
    kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 3),
    -- From 1.
    part INTEGER NOT NULL CHECK (part > 0),
    content BLOB NOT NULL,
    -- 128 bits of BLAKE3 over the other columns.
    seal BLOB NOT NULL CHECK (length(seal) = 16),
    PRIMARY KEY (run, kind, part)
) STRICT;

-- Papers that came after a run, put into its topics.
CREATE TABLE topic_placements (
    run INTEGER NOT NULL REFERENCES topic_runs (number) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES papers (key),
    topic INTEGER NOT NULL REFERENCES topics (id),
    -- 65535 stands for 1.
    strength INTEGER NOT NULL CHECK (strength BETWEEN 1 AND 65535),
    seal INTEGER NOT NULL,
    PRIMARY KEY (run, key)
) STRICT, WITHOUT ROWID;

-- Every topic there ever was. A row is never removed, so that its id is never given again.
CREATE TABLE topics (
    id INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL REFERENCES topic_scopes (number),
    -- The run that found it first, and the one that did not find it any more.
    born INTEGER NOT NULL,
    born_at INTEGER NOT NULL,
    died INTEGER,
    died_at INTEGER,
    -- The label that it had last.
    label TEXT NOT NULL,
    seal INTEGER NOT NULL
) STRICT;
CREATE INDEX topics_by_scope ON topics (scope, id);

-- Names that a person gave.
CREATE TABLE topic_names (
    topic INTEGER PRIMARY KEY REFERENCES topics (id),
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    seal INTEGER NOT NULL
) STRICT;

-- Sets that are fed from topics.
CREATE TABLE topic_subscriptions (
    topic INTEGER NOT NULL REFERENCES topics (id),
    set_number INTEGER NOT NULL REFERENCES sets (number) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    seal INTEGER NOT NULL,
    PRIMARY KEY (topic, set_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_subscriptions_by_set ON topic_subscriptions (set_number);

-- The map of a scope, its points in parts; those of papers that came later are rows.
CREATE TABLE topic_maps (
    scope INTEGER PRIMARY KEY REFERENCES topic_scopes (number),
    at INTEGER NOT NULL,
    encoder TEXT NOT NULL,
    points INTEGER NOT NULL CHECK (points >= 0),
    seal BLOB NOT NULL CHECK (length(seal) = 16)
) STRICT;

CREATE TABLE topic_map_parts (
    scope INTEGER NOT NULL REFERENCES topic_maps (scope) ON DELETE CASCADE,
    part INTEGER NOT NULL CHECK (part > 0),
    content BLOB NOT NULL,
    seal BLOB NOT NULL CHECK (length(seal) = 16),
    PRIMARY KEY (scope, part)
) STRICT;

CREATE TABLE topic_map_points (
    scope INTEGER NOT NULL REFERENCES topic_maps (scope) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES papers (key),
    x REAL NOT NULL,
    y REAL NOT NULL,
    seal INTEGER NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT, WITHOUT ROWID;
